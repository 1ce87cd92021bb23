# SPDX-License-Identifier: GPL-2.0-or-later
# tests/ROOM/test_*.c: one cmocka program each, with tests/common/*.c. A test that drives simulated
# code of its own in tests/ROOM/sim_*.c gets that code compiled with the hooks.
enable_testing()
file(GLOB common CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/tests/common/*.c)
file(GLOB tests CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/tests/*/test_*.c)
add_library(test_flags INTERFACE)
target_include_directories(test_flags INTERFACE ${PROJECT_SOURCE_DIR})
target_compile_definitions(test_flags INTERFACE PEF_SOURCE_DIR="${PROJECT_SOURCE_DIR}" PEF_BUILD_SHARE="${PEF_SHARE}"
  PEF_BUILD_DIR="${PROJECT_BINARY_DIR}")
target_link_libraries(test_flags INTERFACE pef_flags PkgConfig::CMOCKA)
add_library(test_common OBJECT ${common})
target_link_libraries(test_common PRIVATE test_flags)

# What the tests of a room share, compiled once.
function(test_objects name folder pattern)
  file(GLOB sources CONFIGURE_DEPENDS ${folder}/${pattern})
  if(sources AND NOT TARGET ${name})
    add_library(${name} OBJECT ${sources})
    target_include_directories(${name} PRIVATE ${folder})
    target_link_libraries(${name} PRIVATE test_flags ${ARGN})
  endif()
endfunction()

foreach(source ${tests})
  get_filename_component(base ${source} NAME_WE)
  get_filename_component(folder ${source} DIRECTORY)
  get_filename_component(room ${folder} NAME)
  set(name ${room}_${base})
  test_objects(test_util_${room} ${folder} util_*.c)
  test_objects(test_sim_${room} ${folder} sim_*.c pef_hooks)
  add_executable(${name} ${source})
  target_include_directories(${name} PRIVATE ${folder})
  target_link_libraries(${name} PRIVATE test_flags test_common pefsim_all)
  foreach(shared test_util_${room} test_sim_${room})
    if(TARGET ${shared})
      target_link_libraries(${name} PRIVATE ${shared})
    endif()
  endforeach()
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
