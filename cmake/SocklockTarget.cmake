# SPDX-License-Identifier: GPL-2.0-or-later
# Every library and program of the house is dressed here: standard, warnings, sanitizers, includes
# spelled from the root of the repository.

add_library(socklock_dev INTERFACE)
target_compile_options(socklock_dev INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wnon-virtual-dtor -Woverloaded-virtual)
# Where it was built is no part of a release: the same source gives the same bytes.
target_compile_options(socklock_dev INTERFACE
  $<$<CONFIG:Release>:-ffile-prefix-map=${CMAKE_SOURCE_DIR}/=> $<$<CONFIG:Release>:-ffile-prefix-map=${CMAKE_BINARY_DIR}/=>)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  # GCC 12 warns of overlapping copies inside std::string where there are none (GCC bug 105651).
  target_compile_options(socklock_dev INTERFACE -Wno-restrict)
endif()
if(CMAKE_UNITY_BUILD AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # GCC takes the files that are compiled together for headers, where nothing may be local.
  target_compile_options(socklock_dev INTERFACE -Wno-subobject-linkage)
endif()
if(SOCKLOCK_SANITIZE)
  # A target's property, so that one may have less.
  set(sanitizers $<TARGET_PROPERTY:SOCKLOCK_SANITIZE>)
  target_compile_options(socklock_dev INTERFACE
    $<$<BOOL:${sanitizers}>:-fsanitize=${sanitizers}> -fno-omit-frame-pointer $<$<BOOL:${sanitizers}>:-fno-sanitize-recover=all>)
  # What sanitizers and fuzzers keep of each line is 1.7 million addresses, relocated at each of the thousands of starts
  # that tests make, where a program may lie anywhere.
  target_link_options(socklock_dev INTERFACE $<$<BOOL:${sanitizers}>:-fsanitize=${SOCKLOCK_SANITIZE}> -no-pie)
endif()

function(_socklock_dress target)
  target_compile_features(${target} PUBLIC cxx_std_20)
  set_target_properties(${target} PROPERTIES CXX_EXTENSIONS OFF COMPILE_WARNING_AS_ERROR ON
                                             SOCKLOCK_SANITIZE "${SOCKLOCK_SANITIZE}")
  target_include_directories(${target} PUBLIC
    $<BUILD_INTERFACE:${CMAKE_SOURCE_DIR}> $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}/socklock>)
  target_link_libraries(${target} PRIVATE $<BUILD_INTERFACE:socklock_dev>)
endfunction()

# socklock_add_library(name [OBJECT] SOURCES file... [LINKS target...])
function(socklock_add_library name)
  cmake_parse_arguments(arg "OBJECT" "" "SOURCES;LINKS" ${ARGN})
  set(type STATIC)
  if(arg_OBJECT)
    set(type OBJECT)
  endif()
  add_library(${name} ${type} ${arg_SOURCES})
  _socklock_dress(${name})
  if(SOCKLOCK_BUILD_FUZZERS)
    # What libFuzzer steers by, without its hooks into comparisons, which took three tenths of a run's time.
    target_compile_options(${name} PRIVATE -fsanitize-coverage=inline-8bit-counters,pc-table)
  endif()
  target_link_libraries(${name} PUBLIC ${arg_LINKS})
endfunction()

# socklock_add_program(name SOURCES file... [LINKS target...] [INSTALL component])
function(socklock_add_program name)
  cmake_parse_arguments(arg "" "INSTALL" "SOURCES;LINKS" ${ARGN})
  add_executable(${name} ${arg_SOURCES})
  _socklock_dress(${name})
  target_link_libraries(${name} PRIVATE ${arg_LINKS})
  if(arg_INSTALL)
    install(TARGETS ${name} RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT ${arg_INSTALL})
  endif()
endfunction()
