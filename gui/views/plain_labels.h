// SPDX-License-Identifier: GPL-2.0-or-later
// No label of the viewer is markup. Qt guesses by its first characters whether a text is HTML, and would draw what a
// trace says of itself as if the viewer said it, and open the files that it names. What a label needs of bold or
// coloured text its font and palette give.
#pragma once

#include <QObject>

namespace socklock::gui {

// Makes every label of the application plain text before it is first laid out, also those that tooltips and message
// boxes consist of. Once is enough; more do no harm.
void keepLabelsPlain();

}  // namespace socklock::gui
