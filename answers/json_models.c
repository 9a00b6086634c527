/* See json_models.h. */
#include "answers/json_models.h"

json_t *json_model(const vultus_model *model)
{
    json_t *value =
        json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:b, s:b}", "pack",
                  json_text(model->pack), "model", json_text(model->id), "kind",
                  json_text(model->kind), "method", json_text(model->method), "licence",
                  json_text(model->licence), "provenance", json_text(model->provenance), "files",
                  json_text(model->files), "bytes", json_integer((json_int_t)model->bytes),
                  "installed", model->installed, "default", model->is_default);
    if (value && model->dimension &&
        (json_object_set_new(value, "dimension", json_whole(model->dimension)) ||
         json_object_set_new(value, "metric", json_text(model->metric)) ||
         json_object_set_new(value, "threshold", json_number(model->threshold)) ||
         (model->base[0] && json_object_set_new(value, "base", json_text(model->base))))) {
        json_decref(value);
        value = NULL;
    }
    return value;
}
