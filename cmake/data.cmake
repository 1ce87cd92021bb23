# SPDX-License-Identifier: GPL-2.0-or-later
# Shipped device trees are compiled once, into share/ of the build folder.
set(PEF_SHARE ${PROJECT_BINARY_DIR}/share/pefsim)
file(GLOB trees CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/scenarios/platforms/*.dts
  ${PROJECT_SOURCE_DIR}/scenarios/prices/*.dts)
set(blobs)
foreach(dts ${trees})
  get_filename_component(base ${dts} NAME_WE)
  get_filename_component(folder ${dts} DIRECTORY)
  get_filename_component(kind ${folder} NAME)
  set(dtb ${PEF_SHARE}/${kind}/${base}.dtb)
  add_custom_command(OUTPUT ${dtb}
    COMMAND ${CMAKE_COMMAND} -E make_directory ${PEF_SHARE}/${kind}
    COMMAND ${DTC} -q -I dts -O dtb -o ${dtb} ${dts} DEPENDS ${dts} VERBATIM)
  list(APPEND blobs ${dtb})
endforeach()
if(blobs)
  add_custom_target(pef_data ALL DEPENDS ${blobs})
endif()
target_compile_definitions(pef_cli PRIVATE PEF_BUILD_SHARE="${PEF_SHARE}")

# Headers and glue that a kernel file is compiled with at run time.
file(GLOB_RECURSE glue CONFIGURE_DEPENDS RELATIVE ${PROJECT_SOURCE_DIR}/hv_model/linux
  ${PROJECT_SOURCE_DIR}/hv_model/linux/include/*.h ${PROJECT_SOURCE_DIR}/hv_model/linux/glue/*.[ch])
foreach(file ${glue})
  configure_file(${PROJECT_SOURCE_DIR}/hv_model/linux/${file} ${PEF_SHARE}/linux/${file} COPYONLY)
endforeach()

# The scenarios lie beside the trees, so that a build and an installation look alike.
file(GLOB_RECURSE pefs CONFIGURE_DEPENDS RELATIVE ${PROJECT_SOURCE_DIR} ${PROJECT_SOURCE_DIR}/scenarios/*.pef ${PROJECT_SOURCE_DIR}/scenarios/*.txt
  ${PROJECT_SOURCE_DIR}/scenarios/images/*.dts)
foreach(pef ${pefs})
  configure_file(${PROJECT_SOURCE_DIR}/${pef} ${PEF_SHARE}/${pef} COPYONLY)
endforeach()
