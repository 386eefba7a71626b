// SPDX-License-Identifier: GPL-2.0-or-later
// The document's keys and values. The schemas are in docs/schema.
#include <nlohmann/json.hpp>

#include "analyzer/document/document.h"
#include "analyzer/render/formats.h"
#include "analyzer/render/json_text.h"
#include "base/json_text.h"

namespace socklock::analyzer {
namespace {

using Json = nlohmann::ordered_json;

struct JsonOf {
  Json operator()(const Value& value) const { return std::visit(*this, value.held()); }
  Json operator()(std::monostate) const { return nullptr; }
  Json operator()(const Value::List& list) const {
    Json json = Json::array();
    for (const Value& value : list) json.push_back((*this)(value));
    return json;
  }
  Json operator()(const Value::Object& object) const {
    Json json = Json::object();
    for (const auto& [key, value] : object) json[key] = (*this)(value);
    return json;
  }
  template <typename Scalar>
  Json operator()(const Scalar& scalar) const {
    return scalar;
  }
};

}  // namespace

std::string json_text(const Value& data) { return dumped(JsonOf{}(data), 2); }

Result<std::string> render_json(const Document& document) { return json_text(document.data) + "\n"; }

}  // namespace socklock::analyzer
