# SPDX-License-Identifier: GPL-2.0-or-later
# Keeps the arrows of docs/START-HERE.md and the length of files.
#   cmake -D ROOT=<source folder> -P rooms-check.cmake
# Rules, each with what to do about it:
#   1. no source file is longer than 600 lines;
#   2. models include only pefsim/... and their own headers;
#   3. a room of sim includes pefsim/... and its own headers, never another's;
#   4. headers and glue of kernel files (hv_model/linux/include, glue) include only each other;
#   5. a library's header is included in at most two files (its door).
cmake_minimum_required(VERSION 3.22)

set(lines_max 600)
set(broken 0)
macro(complain text)
  message("${text}")
  math(EXPR broken "${broken} + 1")
endmacro()

file(GLOB_RECURSE files RELATIVE ${ROOT} ${ROOT}/include/*.h ${ROOT}/sim/*.[ch] ${ROOT}/uv_model/*.[ch]
  ${ROOT}/hv_model/*.[ch] ${ROOT}/tests/*.[ch])

foreach(door urcu fdt elfutils cmocka)
  set(doors_${door} "")
endforeach()

foreach(file ${files})
  file(STRINGS ${ROOT}/${file} lines ENCODING UTF-8)
  file(READ ${ROOT}/${file} text)
  string(REGEX REPLACE "[^\n]" "" newlines "${text}")
  string(LENGTH "${newlines}" length)
  if(length GREATER lines_max)
    complain("${file}: ${length} lines, at most ${lines_max}: split it by meaning")
  endif()
  get_filename_component(folder ${file} DIRECTORY)
  file(STRINGS ${ROOT}/${file} includes REGEX "^[ \t]*#[ \t]*include[ \t]")
  foreach(include ${includes})
    if(include MATCHES "<(urcu|libfdt|fdt|elfutils|cmocka)")
      set(door ${CMAKE_MATCH_1})
      if(door STREQUAL "libfdt")
        set(door fdt)
      endif()
      list(APPEND doors_${door} ${file})
    endif()
    if(NOT include MATCHES "\"([^\"]+)\"")
      continue()
    endif()
    set(header ${CMAKE_MATCH_1})
    if(header MATCHES "^pefsim/" OR folder MATCHES "^tests")
      continue()
    endif()
    # What a kernel file is compiled with is a world of its own, with no way out of it.
    if(folder MATCHES "^hv_model/linux/(include|glue)")
      if(header MATCHES "pefsim|hv_model|/\\.\\./\\.\\.")
        complain("${file}: includes \"${header}\": a kernel file's headers know only each other")
      endif()
      continue()
    endif()
    if(folder MATCHES "^include")
      complain("${file}: includes \"${header}\": public headers include only pefsim/...")
    elseif(header MATCHES "\\.\\.")
      complain("${file}: includes \"${header}\": no way up; declare it in include/pefsim")
    elseif(NOT EXISTS ${ROOT}/${folder}/${header})
      if(NOT (folder MATCHES "^hv_model/(designs|linux)$" AND EXISTS ${ROOT}/hv_model/${header}))
        complain("${file}: includes \"${header}\" of another room; declare it in include/pefsim")
      endif()
    endif()
  endforeach()
endforeach()

foreach(door urcu fdt elfutils)
  list(REMOVE_DUPLICATES doors_${door})
  list(LENGTH doors_${door} count)
  if(count GREATER 2)
    complain("${door} has ${count} doors, at most 2: ${doors_${door}}")
  endif()
endforeach()

if(broken)
  message(FATAL_ERROR "${broken} rules of the rooms are broken")
endif()
message("rooms: ok")
