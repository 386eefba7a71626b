// SPDX-License-Identifier: GPL-2.0-or-later
// The language of linux.taxonomy: one statement a line, words between blanks, '#' to the end of the line
// is a comment. A line that begins with a blank belongs to the class above it.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <iterator>
#include <sstream>

#include "analyzer/taxonomy/built_in_taxonomy.h"
#include "analyzer/taxonomy/rules_version.h"
#include "analyzer/taxonomy/taxonomy.h"
#include "base/small_file.h"

namespace socklock::analyzer {
namespace {

constexpr std::size_t kMaxFileBytes = 1U << 20;

using Words = std::vector<std::string>;

constexpr std::array<std::pair<std::string_view, RuleKind>, 6> kRuleKinds{{{"table", RuleKind::kTable},
                                                                           {"slab", RuleKind::kSlab},
                                                                           {"owner", RuleKind::kOwner},
                                                                           {"symbol", RuleKind::kSymbol},
                                                                           {"percpu", RuleKind::kPerCpu},
                                                                           {"taken-by", RuleKind::kTakenBy}}};

class Parser {
 public:
  explicit Parser(std::string name) : name_(std::move(name)) {
    taxonomy_.classes.push_back({"unclassified", Role::kOther});
  }

  Result<Taxonomy> parse(std::string_view text) {
    std::istringstream lines{std::string(text)};
    std::string line;
    while (std::getline(lines, line)) {
      ++line_;
      line = line.substr(0, line.find('#'));
      std::istringstream in(line);
      const Words words{std::istream_iterator<std::string>(in), {}};
      if (words.empty()) continue;
      const bool indented = line.front() == ' ' || line.front() == '\t';
      SOCKLOCK_TRY(indented ? rule(words) : statement(words));
    }
    if (version_ == 0)
      return fail({"a taxonomy begins with the line 'taxonomy 2'", "'" + name_ + "'", "", ExitCode::kBadInput});
    return std::move(taxonomy_);
  }

 private:
  [[nodiscard]] tl::unexpected<Error> error(const std::string& what) const {
    return fail({what, fmt::format("{}:{}", name_, line_), "linux.taxonomy in the sources describes the language",
                 ExitCode::kBadInput});
  }

  Result<void> statement(const Words& words) {
    const std::string& keyword = words[0];
    if (keyword == "taxonomy") return version(words);
    if (version_ == 0) return error("a taxonomy begins with the line 'taxonomy 2'");
    if (keyword == "class") return begin_class(words);
    class_.reset();
    if (words.size() < 2) return error(fmt::format("'{}' wants something behind it", keyword));
    if (keyword == "rules") return check_rules_version(words);
    if (keyword == "skip") return patterns(words, 1, taxonomy_.skip);
    if (keyword == "socket") return patterns(words, 1, taxonomy_.socket);
    if (keyword == "softirq") return patterns(words, 1, taxonomy_.softirq);
    if (keyword == "holder-skip") return patterns(words, 1, taxonomy_.holder_skip);
    if (keyword == "hardirq") return patterns(words, 1, taxonomy_.hardirq);
    if (keyword == "path") return boundary(words);
    if (keyword == "path-of") return conditional_boundary(words);
    if (keyword == "syscalls" || keyword == "syscalls-likely" || keyword == "call-syscalls") return syscalls(words);
    if (keyword == "interrupt-calls") return interrupt_calls(words);
    return error(fmt::format("unknown word '{}'", keyword));
  }

  Result<void> version(const Words& words) {
    if (words.size() != 2 || (words[1] != "1" && words[1] != "2"))
      return error("only 'taxonomy 1' and 'taxonomy 2' are known here");
    version_ = words[1] == "1" ? 1 : 2;
    return {};
  }

  // rules NUMBER: read by rules_version().
  Result<void> check_rules_version(const Words& words) {
    const std::string& number = words[1];
    if (words.size() != 2 || number.size() > 9 || number.find_first_not_of("0123456789") != std::string::npos)
      return error("'rules' wants a number: the version of what these rules mean");
    return {};
  }

  Result<void> patterns(const Words& words, std::size_t first, PatternSet& set) {
    if (first >= words.size()) return error("a name or pattern is missing");
    for (std::size_t i = first; i < words.size(); ++i) set.add(words[i]);
    return {};
  }

  // class NAME ROLE
  Result<void> begin_class(const Words& words) {
    if (words.size() < 3) return error("a class wants a name and a role: class tcp.ehash connection table");
    const std::string role = fmt::format("{}", fmt::join(words.begin() + 2, words.end(), " "));
    const auto known = role_named(role);
    if (!known) return error(fmt::format("unknown role '{}'", role));
    class_ = taxonomy_.class_named(words[1]);
    if (class_ && taxonomy_.at(*class_).role != *known)
      return error(fmt::format("class '{}' is there already, with another role", words[1]));
    if (!class_) {
      class_ = ClassId{static_cast<std::uint32_t>(taxonomy_.classes.size())};
      taxonomy_.classes.push_back({words[1], *known});
    }
    return {};
  }

  // path NAME FUNCTION...
  Result<void> boundary(const Words& words) {
    const auto path = call_path_named(words[1]);
    if (!path) return error(fmt::format("unknown call path '{}'", words[1]));
    taxonomy_.boundaries.push_back({*path, {}});
    return patterns(words, 2, taxonomy_.boundaries.back().functions);
  }

  // path-of ROLE[,ROLE] NAME FUNCTION...; blanks in roles are written as '-'
  Result<void> conditional_boundary(const Words& words) {
    if (words.size() < 4) return error("path-of wants roles, a call path and functions");
    ConditionalBoundary boundary;
    std::istringstream roles(words[1]);
    for (std::string role; std::getline(roles, role, ',');) {
      for (char& c : role) c = c == '-' ? ' ' : c;
      const auto known = role_named(role);
      if (!known) return error(fmt::format("unknown role '{}'", role));
      boundary.roles.push_back(*known);
    }
    const auto path = call_path_named(words[2]);
    if (!path) return error(fmt::format("unknown call path '{}'", words[2]));
    boundary.path = *path;
    taxonomy_.conditional_boundaries.push_back(std::move(boundary));
    return patterns(words, 3, taxonomy_.conditional_boundaries.back().functions);
  }

  // interrupt-calls PATH FUNCTION...
  Result<void> interrupt_calls(const Words& words) {
    const auto path = call_path_named(words[1]);
    if (!path) return error(fmt::format("unknown call path '{}'", words[1]));
    taxonomy_.interrupt_calls.push_back({*path, {}});
    return patterns(words, 2, taxonomy_.interrupt_calls.back().functions);
  }

  // syscalls[-likely] MACHINE PATH NUMBER...; call-syscalls the same
  Result<void> syscalls(const Words& words) {
    if (words.size() < 4) return error("syscalls wants a machine, a call path and numbers");
    const auto path = call_path_named(words[2]);
    if (!path) return error(fmt::format("unknown call path '{}'", words[2]));
    for (std::size_t i = 3; i < words.size(); ++i) {
      std::uint32_t number = 0;
      const char* end = words[i].data() + words[i].size();
      if (std::from_chars(words[i].data(), end, number).ptr != end)
        return error(fmt::format("'{}' is not the number of a system call", words[i]));
      (words[0] == "call-syscalls" ? taxonomy_.call_syscalls : taxonomy_.syscalls)[{words[1], number}] = *path;
      if (words[0] == "syscalls-likely") taxonomy_.likely_syscalls.insert({words[1], number});
    }
    return {};
  }

  // acquired-by[-some], acquired-at FUNCTION... [of KIND]; held-by the same
  Result<void> acquisition(const Words& words) {
    AcquisitionRule rule;
    rule.lock_class = *class_;
    rule.at_least = words[0] == "acquired-by-some";
    rule.is_the_lock = words[0] == "acquired-at";
    const auto of = std::find(words.begin(), words.end(), "of");
    for (auto word = words.begin() + 1; word != of; ++word) rule.functions.add(*word);
    if (rule.functions.empty()) return error(fmt::format("'{}' wants functions", words[0]));
    if (of != words.end()) {
      rule.kind = of + 2 == words.end() ? socket_kind_named(of[1]) : std::nullopt;
      if (!rule.kind)
        return error(
            "'of' wants one of tcp, tcp-listener, udp, other, refused, ehash-lock, bhash-lock, bhash2-lock, "
            "lhash2-lock");
    }
    if (words[0] == "held-by" || rule.is_the_lock)
      taxonomy_.holds.push_back({rule.lock_class, rule.functions, rule.kind, rule.is_the_lock});
    if (words[0] != "held-by") taxonomy_.acquisitions.push_back(std::move(rule));
    return {};
  }

  // named N...: symbol N, and acquired-by and held-by what importers call the acquisitions of such a lock
  Result<void> named(const Words& words) {
    if (words.size() < 2) return error("'named' wants a name or pattern");
    ClassRule rule;
    rule.lock_class = *class_;
    rule.kind = RuleKind::kSymbol;
    PatternSet functions;
    for (std::size_t i = 1; i < words.size(); ++i) {
      rule.subject.add(words[i]);
      functions.add("lock:" + words[i]);
    }
    taxonomy_.rules.push_back(std::move(rule));
    taxonomy_.holds.push_back({*class_, functions, std::nullopt});
    AcquisitionRule acquisition;
    acquisition.lock_class = *class_;
    acquisition.functions = std::move(functions);
    taxonomy_.acquisitions.push_back(std::move(acquisition));
    return {};
  }

  Result<void> rule(const Words& words) {
    if (!class_) return error("a line that begins with a blank belongs to a class, and none is open");
    if (words[0] == "acquired-by" || words[0] == "acquired-by-some" || words[0] == "acquired-at" ||
        words[0] == "held-by")
      return acquisition(words);
    if (words[0] == "named") return named(words);
    if (words[0] == "of-sockets") {
      if (words.size() > 1) return error("'of-sockets' wants nothing behind it");
      taxonomy_.classes[static_cast<std::size_t>(*class_)].of_sockets = true;
      return {};
    }
    const auto* const kind = std::find_if(kRuleKinds.begin(), kRuleKinds.end(),
                                          [&words](const auto& known) { return known.first == words[0]; });
    if (kind == kRuleKinds.end()) return error(fmt::format("unknown rule '{}'", words[0]));
    ClassRule rule;
    rule.kind = kind->second;
    rule.lock_class = *class_;
    SOCKLOCK_TRY(conditions(words, rule));
    taxonomy_.rules.push_back(std::move(rule));
    return {};
  }

  // SUBJECT... [member PATH...] [listening] [under FUNCTION...]
  Result<void> conditions(const Words& words, ClassRule& rule) {
    enum { kSubject, kMember, kUnder } part = kSubject;
    for (std::size_t i = 1; i < words.size(); ++i) {
      if (words[i] == "member")
        part = kMember;
      else if (words[i] == "under")
        part = kUnder;
      else if (words[i] == "listening")
        rule.listening = true;
      else if (part == kSubject)
        rule.subject.add(words[i]);
      else if (part == kMember)
        rule.members.push_back(version_ == 1 ? "*." + words[i] : words[i]);
      else
        rule.under.add(words[i]);
    }
    if (part == kMember && rule.members.empty()) return error("'member' wants the path of a member");
    if (part == kUnder && rule.under.empty()) return error("'under' wants functions");
    if (rule.subject.empty() && rule.kind != RuleKind::kOwner)
      return error(fmt::format("'{}' wants a name or pattern", words[0]));
    if (!rule.members.empty() && rule.kind != RuleKind::kSlab) return error("only 'slab' has members");
    return {};
  }

  Taxonomy taxonomy_;
  std::string name_;
  std::size_t line_ = 0;
  int version_ = 0;               // 0: not read yet
  std::optional<ClassId> class_;  // that rules belong to
};

}  // namespace

Result<Taxonomy> Taxonomy::parse(std::string_view text, const std::string& name) { return Parser(name).parse(text); }

namespace {

Result<std::string> read_text(const std::string& path) {
  SOCKLOCK_TRY_ASSIGN(SmallFile file, read_small_file(path, {.most_bytes = kMaxFileBytes}));
  return std::move(file.text);
}

}  // namespace

Result<Taxonomy> Taxonomy::load(const std::string& path) {
  SOCKLOCK_TRY_ASSIGN(const std::string text, read_text(path));
  return parse(text, path);
}

std::uint32_t rules_version(std::string_view text) {
  constexpr std::string_view kRules = "\nrules ";
  const std::size_t at = text.find(kRules);
  std::uint32_t version = 0;
  if (at != std::string_view::npos)
    std::from_chars(text.data() + at + kRules.size(), text.data() + text.size(), version);
  return version;
}

Result<std::uint32_t> rules_version_of(const std::string& path) {
  if (path.empty()) return rules_version(kLinuxTaxonomy);
  SOCKLOCK_TRY_ASSIGN(const std::string text, read_text(path));
  return rules_version(text);
}

const Taxonomy& Taxonomy::built_in() {
  // A build whose own rules don't parse never gets through its tests.
  static const Taxonomy taxonomy =
      *parse(std::string(kLinuxTaxonomy) + std::string(kFreebsdTaxonomy) + std::string(kLockdepTaxonomy),
             "linux.taxonomy, freebsd.taxonomy, lockdep.taxonomy");
  return taxonomy;
}

}  // namespace socklock::analyzer
