/* Grouping faces: the public names of decide/cluster_problem.h, and whether a calibration is of these faces. */
#include "decide/cluster_problem.h"
#include "engine/calibrated.h"

#include <string.h>

const char *vultus_cluster_method(size_t index, const char **summary)
{
    for (size_t i = 0; i <= index; i++)
        if (!cluster_methods[i].name)
            return NULL;
    if (summary)
        *summary = cluster_methods[index].summary;
    return cluster_methods[index].name;
}

vultus_status vultus_cluster(const vultus_labelled *faces, const vultus_cluster_options *options,
                             uint32_t *labels, vultus_clustering *out, vultus_error *error)
{
    const vultus_calibration *calibration = options ? options->calibration : NULL;
    if (faces && faces->embedder && calibration &&
        strcmp(faces->embedder, calibration->embedder) != 0)
        return status_set(error, VULTUS_ERR_MISMATCH,
                          "the faces are by %.80s, the calibration is of %.80s", faces->embedder,
                          calibration->embedder);
    const bool fits =
        faces && calibration &&
        calibration->by_distance == calibration_by_distance(faces->metric, faces->raw);
    return cluster_run(faces, options, fits ? &calibration->numbers : NULL, labels, out, error);
}

vultus_status vultus_cluster_evaluate(const uint32_t *labels, const uint32_t *person, size_t count,
                                      vultus_cluster_report *out, vultus_error *error)
{
    return cluster_evaluate(labels, person, count, out, error);
}
