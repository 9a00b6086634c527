/* Evaluation: reading lists of pairs, and measuring scores. */
#include "base/file.h"
#include "decide/metrics.h"
#include "decide/pairs.h"

vultus_status vultus_pairs_read(const char *path, const char *root, vultus_pairs *out,
                                vultus_error *error)
{
    struct buffer text;
    vultus_status status = file_read(path, PAIRS_FILE_MAX, &text, error);
    if (status)
        return status;
    status = pairs_parse((const char *)text.data, text.size, path, root ? root : ".", out, error);
    buffer_clear(&text);
    return status;
}

void vultus_pairs_clear(vultus_pairs *pairs)
{
    pairs_clear(pairs);
}

vultus_status vultus_evaluate(const vultus_scores *scores, vultus_report *out, vultus_error *error)
{
    return metrics_evaluate(scores, out, error);
}
