// SPDX-License-Identifier: GPL-2.0-or-later
// When an experiment that is still running may be looked at, and how strictly it is judged then.
#pragma once

#include <vector>

namespace socklock::analyzer {

struct Look {
  unsigned rounds = 0;    // recorded on each side by then
  double confidence = 0;  // of intervals and verdicts at this look
};

// Looking often and stopping at the first verdict finds effects that aren't there. So the error that is
// allowed in all (1 - confidence) is spent over the looks, by Lan and DeMets' (Biometrika 70, 1983) function of
// O'Brien and Fleming's kind, 2 - 2 Phi(z / sqrt(t)) at the share t of the rounds; each look is judged by
// what it adds. By the union bound all looks together err at most as often as one without peeking, however
// looks depend on each other. Looks are at half, three quarters and all of the rounds, from 4 rounds on.
std::vector<Look> plan_looks(unsigned rounds, double confidence);

// The same for looks at `looks` equal shares of the time: how strictly the one at share `look` is judged.
double confidence_of_look(unsigned look, unsigned looks, double confidence);

}  // namespace socklock::analyzer
