# SPDX-License-Identifier: GPL-2.0-or-later
# Writes a header with one number made of the content of source files; their paths do not count.
#   cmake -D LIST=<file with a path a line> -D OUT=<header> -P model-hash.cmake
cmake_minimum_required(VERSION 3.22)
file(STRINGS ${LIST} files)
set(hashes)
foreach(file ${files})
  file(SHA256 ${file} hash)
  get_filename_component(name ${file} NAME)
  list(APPEND hashes "${name}:${hash}")
endforeach()
list(SORT hashes)
string(SHA256 all "${hashes}")
string(SUBSTRING ${all} 0 16 short)
file(WRITE ${OUT} "/* SPDX-License-Identifier: GPL-2.0-or-later */\n#define PEF_MODEL_HASH UINT64_C(0x${short})\n")
