// SPDX-License-Identifier: GPL-2.0-or-later
// The program as users and scripts call it, in a folder of the test's own.
#pragma once

#include <gtest/gtest.h>
#include <sys/wait.h>

#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>

#include "tests/unit/analyzer/trace_maker.h"

namespace socklock::analyzer {

class Cli : public ::testing::Test {
 protected:
  struct Ran {
    int status = 0;
    std::string out;
    std::string err;
  };

  Ran socklock(const std::string& arguments, const std::string& input = "") {
    std::ofstream(folder_.file("in"), std::ios::binary) << input;
    const std::string command = "LC_ALL=" + locale_ + " " + std::string(SOCKLOCK_PROGRAM) + " " + arguments + " >" +
                                folder_.file("out") + " 2>" + folder_.file("err") + " <" + folder_.file("in");
    const int status = std::system(command.c_str());
    return {WEXITSTATUS(status), text_of(folder_.file("out")), text_of(folder_.file("err"))};
  }

  static std::string text_of(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }

  std::string run_file(const std::string& name, std::uint64_t wait_ns, int intervals = 1) {
    const std::string path = folder_.file(name);
    analyzer::testing::write_ehash_run(path, wait_ns, 100, intervals);
    return path;
  }

  // Four runs of about this wait.
  std::string side(const std::string& name, std::uint64_t wait_ns) {
    std::string files;
    for (std::uint64_t i = 0; i < 4; ++i) files += run_file(name + std::to_string(i) + ".slk", wait_ns + i) + " ";
    return files;
  }

  testing::Folder folder_;
  std::string locale_ = "C.UTF-8";
};

}  // namespace socklock::analyzer
