# SPDX-License-Identifier: GPL-2.0-or-later
# One static library a room: every .c of its folder.
function(pef_room name dir)
  file(GLOB sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/${dir}/*.c ${PROJECT_SOURCE_DIR}/${dir}/*.S)
  if(NOT sources)
    return()
  endif()
  add_library(${name} STATIC ${sources})
  target_link_libraries(${name} PUBLIC pef_flags PRIVATE ${ARGN})
  set_property(GLOBAL APPEND PROPERTY PEF_ROOMS ${name})
endfunction()

pef_room(pef_engine sim/engine ${URCU_COMMON} PkgConfig::URCU Threads::Threads)
pef_room(pef_sync sim/sync)
pef_room(pef_detect sim/detect PkgConfig::DW)
pef_room(pef_machine sim/machine PkgConfig::URCU ${FDT_LIBRARY})
pef_room(pef_cost sim/cost)
pef_room(pef_check sim/check)
pef_room(pef_script sim/script)
pef_room(pef_trace sim/trace)
pef_room(pef_explore sim/explore)
pef_room(pef_litmus sim/litmus pef_hooks)
pef_room(pef_uv uv_model pef_hooks)
pef_room(pef_hv hv_model pef_hooks)
pef_room(pef_designs hv_model/designs pef_hooks)
if(TARGET pef_designs)
  target_include_directories(pef_designs PRIVATE ${PROJECT_SOURCE_DIR}/hv_model)
endif()

# The simulator's side of a loaded kernel file: no code under test, so no hooks.
pef_room(pef_linux hv_model/linux)
target_include_directories(pef_linux PRIVATE ${PROJECT_SOURCE_DIR}/hv_model)

# The program without its main(), so that tests can build worlds too.
file(GLOB cli CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/sim/cli/*.c)
list(FILTER cli EXCLUDE REGEX "/main\\.c$")
add_library(pef_cli STATIC ${cli})
target_link_libraries(pef_cli PUBLIC pef_flags)
get_filename_component(compiler ${CMAKE_C_COMPILER} NAME)
set_source_files_properties(${PROJECT_SOURCE_DIR}/sim/cli/kernel_build.c PROPERTIES COMPILE_DEFINITIONS PEF_COMPILER="${compiler}")
set_property(GLOBAL APPEND PROPERTY PEF_ROOMS pef_cli)

# A hash of the sources that decide what a model does, so that a replay file can say which model it was made with.
file(GLOB_RECURSE modelled CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/include/pefsim/*.h ${PROJECT_SOURCE_DIR}/uv_model/*.[ch]
  ${PROJECT_SOURCE_DIR}/hv_model/*.[ch] ${PROJECT_SOURCE_DIR}/sim/engine/*.[chS] ${PROJECT_SOURCE_DIR}/sim/sync/*.[ch]
  ${PROJECT_SOURCE_DIR}/sim/machine/*.[ch] ${PROJECT_SOURCE_DIR}/sim/cli/ops_*.c)
foreach(part world boot actor events)
  list(APPEND modelled ${PROJECT_SOURCE_DIR}/sim/cli/${part}.c)
endforeach()
set(model_hash ${PROJECT_BINARY_DIR}/generated/model_hash.h)
string(REPLACE ";" "\n" modelled_lines "${modelled}")
file(GENERATE OUTPUT ${PROJECT_BINARY_DIR}/generated/modelled.txt CONTENT "${modelled_lines}\n")
add_custom_command(OUTPUT ${model_hash}
  COMMAND ${CMAKE_COMMAND} -D LIST=${PROJECT_BINARY_DIR}/generated/modelled.txt -D OUT=${model_hash}
    -P ${PROJECT_SOURCE_DIR}/cmake/model-hash.cmake
  DEPENDS ${modelled} ${PROJECT_BINARY_DIR}/generated/modelled.txt ${PROJECT_SOURCE_DIR}/cmake/model-hash.cmake VERBATIM)
target_sources(pef_cli PRIVATE ${model_hash})
target_include_directories(pef_cli PRIVATE ${PROJECT_BINARY_DIR}/generated)

# Everything but main(), in an order that is resolved as one group.
get_property(rooms GLOBAL PROPERTY PEF_ROOMS)
add_library(pefsim_all INTERFACE)
target_link_libraries(pefsim_all INTERFACE -Wl,--start-group ${rooms} -Wl,--end-group pef_flags
  ${URCU_COMMON} PkgConfig::URCU PkgConfig::DW ${FDT_LIBRARY} Threads::Threads)
# A loaded kernel object finds the access hooks in the program, and nothing else.
if(NOT PEF_SANITIZE)
  target_link_options(pefsim_all INTERFACE "LINKER:--export-dynamic-symbol=__tsan_*" "LINKER:-u,__tsan_read8"
    "LINKER:-u,__tsan_atomic32_load")
endif()

add_executable(pefsim ${PROJECT_SOURCE_DIR}/sim/cli/main.c)
target_link_libraries(pefsim PRIVATE pefsim_all)
foreach(target pefsim pef_cli)
  target_compile_definitions(${target} PRIVATE PEF_VERSION="${PROJECT_VERSION}")
endforeach()
