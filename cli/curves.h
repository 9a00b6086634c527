/* The plots that folder and pairs have in common: curves of accepting and rejecting. */
#ifndef CLI_CURVES_H
#define CLI_CURVES_H

#include "plot.h"

struct curves {
    const vultus_roc_point *roc;
    size_t count;
    uint64_t same, different;
    double far, frr; /* where the threshold is; NaN: not known */
    double auc, eer;
};

/* ROC and DET. */
void curves_put(struct page *page, const struct curves *curves);

#endif
