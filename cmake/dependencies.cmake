# SPDX-License-Identifier: GPL-2.0-or-later
# Each library has one door; docs/dependencies.md says why it is here.
find_package(Threads REQUIRED)
find_package(PkgConfig REQUIRED)
pkg_check_modules(URCU REQUIRED IMPORTED_TARGET liburcu)
find_library(URCU_COMMON urcu-common REQUIRED)
pkg_check_modules(CMOCKA REQUIRED IMPORTED_TARGET cmocka)
pkg_check_modules(DW REQUIRED IMPORTED_TARGET libdw)
find_path(FDT_INCLUDE libfdt.h REQUIRED)
find_library(FDT_LIBRARY fdt REQUIRED)
find_program(DTC dtc REQUIRED)
