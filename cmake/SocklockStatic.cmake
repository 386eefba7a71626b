# SPDX-License-Identifier: GPL-2.0-or-later
# Programs that want no shared library, for `./dev release`: everything comes from static libraries of Debian, but for
# libcurl, whose Debian build wants libraries that have none (packaging/release/static_curl; CMAKE_PREFIX_PATH says where).
set(CMAKE_FIND_LIBRARY_SUFFIXES .a)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_EXE_LINKER_FLAGS "${CMAKE_EXE_LINKER_FLAGS} -static-pie")
set(Protobuf_USE_STATIC_LIBS ON)
set(OPENSSL_USE_STATIC_LIBS ON)
# What static libraries want in their turn, behind everything else.
set(CMAKE_CXX_STANDARD_LIBRARIES "-lbsd -lmd -lelf -lz -ltinfo")
# What went into each program, for the list of what it is made of.
string(APPEND CMAKE_CXX_LINK_EXECUTABLE " -Wl,-Map=<TARGET>.map")
# Debian's libfmt has no static library: its headers are all of it.
find_path(SOCKLOCK_FMT_HEADERS fmt/format.h REQUIRED)
foreach(target fmt::fmt fmt::fmt-header-only)
  add_library(${target} INTERFACE IMPORTED GLOBAL)
  target_include_directories(${target} INTERFACE ${SOCKLOCK_FMT_HEADERS})
  target_compile_definitions(${target} INTERFACE FMT_HEADER_ONLY=1)
endforeach()
