# SPDX-License-Identifier: GPL-2.0-or-later
# BPF programs are compiled by clang 14 whatever compiles the rest. Kernel types come from our own
# CO-RE header, never from the builder's running kernel: one object fits every kernel.
find_program(SOCKLOCK_BPF_CLANG NAMES clang-14 clang REQUIRED DOC "clang that compiles BPF programs")
find_program(SOCKLOCK_BPF_STRIP NAMES llvm-strip-14 llvm-strip DOC "llvm-strip, drops DWARF and keeps BTF")
# Debian keeps bpftool in sbin, which is not in everybody's PATH.
find_program(SOCKLOCK_BPFTOOL NAMES bpftool HINTS /usr/sbin /sbin REQUIRED DOC "bpftool, generates skeletons")

# The name that <bpf/bpf_tracing.h> knows the target processor by.
function(_socklock_bpf_arch result)
  set(arch ${CMAKE_SYSTEM_PROCESSOR})
  if(arch MATCHES "^(x86_64|amd64|AMD64|i.86)$")
    set(arch x86)
  elseif(arch MATCHES "^(aarch64|arm64)$")
    set(arch arm64)
  elseif(arch MATCHES "^ppc")
    set(arch powerpc)
  elseif(arch MATCHES "^riscv")
    set(arch riscv)
  elseif(arch MATCHES "^s390")
    set(arch s390)
  endif()
  set(${result} ${arch} PARENT_SCOPE)
endfunction()

# socklock_add_bpf(name source [SHARED header...]): compiles `source` and gives an INTERFACE target
# `name`, with which `#include "<name>.skel.h"` declares `struct <name>_bpf` and its functions.
# SHARED headers are the wire between kernel and user space: both sides are rebuilt when one changes.
# What `source` includes beyond them is found by the compiler.
function(socklock_add_bpf name source)
  cmake_parse_arguments(arg "" "" "SHARED" ${ARGN})
  _socklock_bpf_arch(arch)
  set(folder ${CMAKE_CURRENT_BINARY_DIR}/${name}.bpf)
  set(object ${folder}/${name}.bpf.o)
  set(skeleton ${folder}/${name}.skel.h)
  list(TRANSFORM arg_SHARED PREPEND ${CMAKE_CURRENT_SOURCE_DIR}/ REGEX "^[^/]")
  file(MAKE_DIRECTORY ${folder})

  set(strip_command)
  if(SOCKLOCK_BPF_STRIP)
    set(strip_command COMMAND ${SOCKLOCK_BPF_STRIP} -g ${object})
  endif()
  # -target bpf does not search the multiarch folder, where <asm/types.h> lives.
  set(include_flags -I ${CMAKE_SOURCE_DIR})
  if(CMAKE_LIBRARY_ARCHITECTURE)
    list(APPEND include_flags -idirafter /usr/include/${CMAKE_LIBRARY_ARCHITECTURE})
  endif()
  # Names of files are in the object's BTF: those of a build in another folder are to be the same.
  add_custom_command(
    OUTPUT ${object}
    COMMAND ${SOCKLOCK_BPF_CLANG} -target bpf -mcpu=v3 -O2 -g -Wall -Werror -ffile-prefix-map=${CMAKE_SOURCE_DIR}/= -ffile-compilation-dir=.
            -D__TARGET_ARCH_${arch}
            ${include_flags} -MMD -MT ${object} -MF ${object}.d
            -c ${CMAKE_CURRENT_SOURCE_DIR}/${source} -o ${object}
    ${strip_command}
    DEPENDS ${source} ${arg_SHARED}
    DEPFILE ${object}.d
    COMMENT "Building BPF object ${name}.bpf.o"
    VERBATIM)
  # By way of a temporary file: a bpftool that fails must not leave a skeleton that looks up to date.
  add_custom_command(
    OUTPUT ${skeleton}
    # clang-tidy has nothing to say about bpftool's code.
    COMMAND ${CMAKE_COMMAND} -E echo "/* NOLINTBEGIN */" > ${skeleton}.new
    COMMAND ${SOCKLOCK_BPFTOOL} gen skeleton ${object} name ${name}_bpf >> ${skeleton}.new
    COMMAND ${CMAKE_COMMAND} -E echo "/* NOLINTEND */" >> ${skeleton}.new
    COMMAND ${CMAKE_COMMAND} -E rename ${skeleton}.new ${skeleton}
    DEPENDS ${object}
    COMMENT "Generating ${name}.skel.h"
    VERBATIM)
  add_custom_target(${name}_skeleton DEPENDS ${skeleton})
  add_library(${name} INTERFACE)
  target_include_directories(${name} SYSTEM INTERFACE ${folder})
  add_dependencies(${name} ${name}_skeleton)
endfunction()
