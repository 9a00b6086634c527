/* See json_galleries.h. */
#include "answers/json_galleries.h"

json_t *json_gallery_stats(const vultus_gallery_stats *stats)
{
    json_t *embedders = json_array();
    for (size_t i = 0; embedders && i < stats->embedder_count; i++) {
        const vultus_gallery_embedder *each = &stats->embedders[i];
        embedders =
            json_appended(embedders, json_pack("{s:o, s:o, s:o}", "embedder", json_text(each->id),
                                               "dimension", json_whole(each->dimension),
                                               "embeddings", json_whole(each->faces)));
    }
    return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:b, s:o, s:o}", "people",
                     json_whole(stats->people), "faces", json_whole(stats->faces), "bytes",
                     json_whole(stats->bytes), "free", json_whole(stats->free_bytes), "log",
                     json_whole(stats->log_bytes), "schema", json_whole(stats->schema), "encrypted",
                     stats->encrypted, "journal", json_text(stats->journal), "embedders",
                     embedders);
}
