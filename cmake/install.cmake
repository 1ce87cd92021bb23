# SPDX-License-Identifier: GPL-2.0-or-later
# bin/pefsim, share/pefsim (trees, prices, scenarios), the public headers, docs.
include(GNUInstallDirs)
if(TARGET pefsim)
  install(TARGETS pefsim RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
endif()
install(DIRECTORY ${PEF_SHARE}/ DESTINATION ${CMAKE_INSTALL_DATADIR}/pefsim)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/pefsim DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(DIRECTORY ${PROJECT_SOURCE_DIR}/docs/ DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(FILES ${PROJECT_SOURCE_DIR}/README.md ${PROJECT_SOURCE_DIR}/LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})
