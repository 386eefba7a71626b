# SPDX-License-Identifier: GPL-2.0-or-later
find_package(GTest REQUIRED)
include(GoogleTest)

# socklock_add_test_program(name SOURCES file... [LINKS target...])
function(socklock_add_test_program name)
  cmake_parse_arguments(arg "" "" "SOURCES;LINKS" ${ARGN})
  socklock_add_program(${name} SOURCES ${arg_SOURCES} LINKS ${arg_LINKS} GTest::gmock GTest::gtest_main)
  # What is tested is optimized as its preset says; the tests themselves compile in half the time without.
  target_compile_options(${name} PRIVATE -O0)
  # Undefined behaviour is looked for in what is tested; in gtest's assertions it took a third of the compile time.
  string(REPLACE "," ";" sanitizers "${SOCKLOCK_SANITIZE}")
  list(REMOVE_ITEM sanitizers undefined)
  list(JOIN sanitizers "," sanitizers)
  if(sanitizers)  # with none left nothing would link the run-time that the libraries need
    set_target_properties(${name} PROPERTIES SOCKLOCK_SANITIZE "${sanitizers}")
  endif()
endfunction()

# socklock_add_test(name LABEL unit|live|... SOURCES file... [LINKS target...] [TIMEOUT seconds] [QUIET filter]
#                   [PROPERTIES name value...])
# GTEST_SKIP becomes CTest's "Skipped". Tests that QUIET, a filter of gtest's, names want a machine to themselves, and
# have the label quiet.
function(socklock_add_test name)
  cmake_parse_arguments(arg "" "LABEL;TIMEOUT;QUIET" "SOURCES;LINKS;PROPERTIES" ${ARGN})
  if(NOT arg_TIMEOUT)
    set(arg_TIMEOUT 120)
  endif()
  socklock_add_test_program(${name} SOURCES ${arg_SOURCES} LINKS ${arg_LINKS})
  set(properties TIMEOUT ${arg_TIMEOUT} ${arg_PROPERTIES})
  if(arg_LABEL STREQUAL "live" AND SOCKLOCK_SANITIZE)
    # No figures are looked at: they may share the host, but not with each other; first, since they are long.
    list(APPEND properties RESOURCE_LOCK live COST 1000)
  elseif(arg_LABEL STREQUAL "live")
    # Recordings of the whole host disturb each other's figures.
    list(APPEND properties RUN_SERIAL ON)
  endif()
  set(discovery DISCOVERY_TIMEOUT 60 WORKING_DIRECTORY ${CMAKE_SOURCE_DIR} PROPERTIES ${properties})
  if(NOT arg_QUIET)
    gtest_discover_tests(${name} ${discovery} LABELS ${arg_LABEL})
    return()
  endif()
  gtest_discover_tests(${name} TEST_FILTER -${arg_QUIET} ${discovery} LABELS ${arg_LABEL})
  gtest_discover_tests(${name} TEST_FILTER ${arg_QUIET} TEST_LIST ${name}_quiet ${discovery} LABELS quiet)
endfunction()
