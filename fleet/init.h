// SPDX-License-Identifier: GPL-2.0-or-later
// Sets a store up, or says how.
#pragma once

#include <string>

#include "base/result.h"
#include "fleet/click_house.h"
#include "fleet/schema.h"

namespace socklock::fleet {

struct InitOptions {
  SchemaOptions schema;
  bool apply = false;
  bool insecure = false;  // also where the server lets anybody in
};

// The statements, or with `apply` what was done on each server. The database is the URL's. Errors: a server is away;
// its schema is newer; another host's server lets user "default" in without a password, who may do anything.
Result<std::string> init(const StoreOptions& store_options, const InitOptions& given);

}  // namespace socklock::fleet
