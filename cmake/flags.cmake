# SPDX-License-Identifier: GPL-2.0-or-later
# Flags of every target (pef_flags) and of simulated code (pef_hooks).
add_library(pef_flags INTERFACE)
target_compile_options(pef_flags INTERFACE
  -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wmissing-prototypes
  # Call chains are read from frame pointers; a sibling call would hide its caller.
  -fno-omit-frame-pointer -fno-optimize-sibling-calls)
target_compile_definitions(pef_flags INTERFACE _GNU_SOURCE)
target_include_directories(pef_flags INTERFACE ${PROJECT_SOURCE_DIR}/include)
if(PEF_WERROR)
  target_compile_options(pef_flags INTERFACE -Werror)
endif()
if(CMAKE_C_COMPILER_ID MATCHES "Clang")
  target_compile_options(pef_flags INTERFACE -Wno-gnu-zero-variadic-macro-arguments)
endif()
if(PEF_UCONTEXT)
  target_compile_definitions(pef_flags INTERFACE PEF_UCONTEXT=1)
endif()
if(PEF_SANITIZE)
  target_compile_options(pef_flags INTERFACE -fsanitize=${PEF_SANITIZE} -fno-sanitize-recover=all)
  target_link_options(pef_flags INTERFACE -fsanitize=${PEF_SANITIZE})
  if(PEF_SANITIZE MATCHES "thread")
    target_compile_definitions(pef_flags INTERFACE PEF_TSAN=1)
  endif()
  if(PEF_SANITIZE MATCHES "address")
    target_compile_definitions(pef_flags INTERFACE PEF_ASAN=1)
  endif()
endif()

# Model code: the compiler's ThreadSanitizer pass, linked without libtsan; the
# __tsan_* entry points are those of sim/detect. A sanitizer build goes without, and so does one with -DPEF_NO_HOOKS=ON, to measure what they cost.
add_library(pef_hooks INTERFACE)
if(NOT PEF_SANITIZE AND NOT PEF_NO_HOOKS)
  target_compile_definitions(pef_flags INTERFACE PEF_HOOKS=1)
  if(CMAKE_C_COMPILER_ID MATCHES "Clang")
    target_compile_options(pef_hooks INTERFACE -fsanitize=thread
      "SHELL:-mllvm -tsan-instrument-func-entry-exit=0" "SHELL:-mllvm -tsan-distinguish-volatile=1")
  else()
    target_compile_options(pef_hooks INTERFACE -fsanitize=thread
      --param=tsan-instrument-func-entry-exit=0 --param=tsan-distinguish-volatile=1)
  endif()
endif()
