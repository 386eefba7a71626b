# SPDX-License-Identifier: GPL-2.0-or-later
find_package(Protobuf 3.21 REQUIRED)

# socklock_add_proto(name file...): a library of generated classes, lite runtime, headers as SYSTEM.
# Files are named relative to the folder of the calling CMakeLists.
function(socklock_add_proto name)
  add_library(${name} STATIC ${ARGN})
  protobuf_generate(TARGET ${name} LANGUAGE cpp IMPORT_DIRS ${CMAKE_CURRENT_SOURCE_DIR}
                    PROTOC_OUT_DIR ${CMAKE_CURRENT_BINARY_DIR})
  target_include_directories(${name} SYSTEM PUBLIC
    $<BUILD_INTERFACE:${CMAKE_CURRENT_BINARY_DIR}> $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}/socklock>
    ${Protobuf_INCLUDE_DIRS})
  # What protoc writes is not ours to tidy.
  set_target_properties(${name} PROPERTIES CXX_CLANG_TIDY "")
  target_compile_features(${name} PUBLIC cxx_std_20)
  target_link_libraries(${name} PUBLIC protobuf::libprotobuf-lite)
  if(SOCKLOCK_SANITIZE)
    target_compile_options(${name} PRIVATE -fsanitize=${SOCKLOCK_SANITIZE} -fno-omit-frame-pointer)
  endif()
endfunction()
