# SPDX-License-Identifier: GPL-2.0-or-later
# tests/ROOM/test_*.c: one cmocka program each, with tests/common/*.c. A test that drives simulated
# code of its own in tests/ROOM/sim_*.c gets that code compiled with the hooks.
enable_testing()
file(GLOB common CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/tests/common/*.c)
file(GLOB tests CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/tests/*/test_*.c)
foreach(source ${tests})
  get_filename_component(base ${source} NAME_WE)
  get_filename_component(folder ${source} DIRECTORY)
  get_filename_component(room ${folder} NAME)
  set(name ${room}_${base})
  file(GLOB helpers CONFIGURE_DEPENDS ${folder}/util_*.c)
  add_executable(${name} ${source} ${helpers} ${common})
  target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR} ${folder})
  target_link_libraries(${name} PRIVATE pefsim_all PkgConfig::CMOCKA)
  target_compile_definitions(${name} PRIVATE PEF_SOURCE_DIR="${PROJECT_SOURCE_DIR}" PEF_BUILD_SHARE="${PEF_SHARE}"
    PEF_BUILD_DIR="${PROJECT_BINARY_DIR}")
  file(GLOB simulated CONFIGURE_DEPENDS ${folder}/sim_*.c)
  if(simulated)
    add_library(${name}_sim OBJECT ${simulated})
    target_include_directories(${name}_sim PRIVATE ${PROJECT_SOURCE_DIR} ${folder})
    target_link_libraries(${name}_sim PRIVATE pef_flags pef_hooks)
    target_link_libraries(${name} PRIVATE ${name}_sim)
  endif()
  if(TARGET pef_data)
    add_dependencies(${name} pef_data)
  endif()
  add_test(NAME ${name} COMMAND ${name})
  set_tests_properties(${name} PROPERTIES LABELS ${room} TIMEOUT 300)
endforeach()

add_test(NAME rooms COMMAND ${CMAKE_COMMAND} -D ROOT=${PROJECT_SOURCE_DIR} -P ${PROJECT_SOURCE_DIR}/cmake/rooms-check.cmake)
find_program(CLANG_FORMAT NAMES clang-format-14 clang-format)
if(CLANG_FORMAT)
  file(GLOB_RECURSE formatted CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/include/*.h ${PROJECT_SOURCE_DIR}/sim/*.[ch]
    ${PROJECT_SOURCE_DIR}/uv_model/*.[ch] ${PROJECT_SOURCE_DIR}/hv_model/*.[ch] ${PROJECT_SOURCE_DIR}/tests/*.[ch])
  add_test(NAME format COMMAND ${CLANG_FORMAT} --dry-run --Werror ${formatted})
endif()

# All scenarios keep what they expect, in a short search; one that stays undecided (exit 5) fails, too. A mutant may need
# a hundred schedules: setup-tolerates-user and seq-read-late are seen once or twice in 150.
if(NOT PEF_SANITIZE)
  set(expecting ${PROJECT_SOURCE_DIR}/scenarios)
  add_test(NAME scenarios COMMAND pefsim check ${expecting}/seed ${expecting}/protocol --runs 50 --steps 50000
    --out ${PROJECT_BINARY_DIR}/out)
  add_test(NAME scenarios_museum COMMAND pefsim check ${expecting}/museum --runs 50 --steps 50000
    --out ${PROJECT_BINARY_DIR}/out)
  add_test(NAME scenarios_mutants COMMAND pefsim check ${expecting}/mutants --runs 150 --steps 50000 --no-shrink
    --out ${PROJECT_BINARY_DIR}/out)
  find_program(BASH bash)
  if(BASH)
    add_test(NAME scenarios_fixed COMMAND ${BASH} ${PROJECT_SOURCE_DIR}/tests/fixed.sh $<TARGET_FILE:pefsim>)
    set_tests_properties(scenarios_fixed PROPERTIES TIMEOUT 900 ENVIRONMENT "RUNS=10")
  endif()
  set_tests_properties(scenarios scenarios_museum scenarios_mutants PROPERTIES TIMEOUT 300)
endif()

# The pages: what they show is what the gcc build with hooks prints; names in call chains depend on the compiler.
find_program(BASH bash)
add_executable(docs_from_c ${PROJECT_SOURCE_DIR}/tests/docs/from_c.c)
target_link_libraries(docs_from_c PRIVATE pefsim_all)
add_test(NAME docs_from_c COMMAND docs_from_c)
if(BASH AND CMAKE_C_COMPILER_ID STREQUAL "GNU" AND NOT PEF_SANITIZE)
  add_test(NAME docs COMMAND ${BASH} ${PROJECT_SOURCE_DIR}/tests/docs/check.sh $<TARGET_FILE:pefsim> ${PROJECT_SOURCE_DIR})
  add_test(NAME docs_book COMMAND ${BASH} ${PROJECT_SOURCE_DIR}/tests/docs/book.sh ${PROJECT_SOURCE_DIR})
  set_tests_properties(docs docs_book PROPERTIES LABELS docs TIMEOUT 900)
endif()
set_tests_properties(docs_from_c PROPERTIES LABELS docs TIMEOUT 300)
