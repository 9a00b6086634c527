/* What another gallery knew of people: checked by the rules of single facts, and handed to the store. */
#include "base/memory.h"
#include "engine/gallery.h"
#include "gallery/names.h"

static vultus_status check_date(const char *name, const char *date, vultus_error *error)
{
    return gallery_is_date(date)
               ? VULTUS_OK
               : status_set(error, VULTUS_ERR_ARGUMENT,
                            "%.100s has the date \"%.30s\"; it must be as 2026-01-31T23:59:59Z",
                            name, date);
}

static vultus_status check_person(const vultus_person_record *person, struct store_known *out,
                                  vultus_error *error)
{
    *out = (struct store_known){.name = person->name,
                                .created = person->created[0] ? person->created : NULL,
                                .facts = &person->facts,
                                .refusals = &person->refusals};
    vultus_status status = names_check(person->name, error);
    if (!status && out->created)
        status = check_date(person->name, out->created, error);
    for (size_t i = 0; !status && i < person->facts.count; i++) {
        const vultus_fact *fact = &person->facts.items[i];
        const struct store_fact checked = {
            .kind = fact->kind, .key = fact->key, .value = fact->value};
        status = gallery_check_fact(&checked, error);
        if (!status)
            status = check_date(person->name, fact->since, error);
    }
    for (size_t i = 0; !status && i < person->refusals.count; i++)
        status = check_date(person->name, person->refusals.items[i].since, error);
    return status;
}

vultus_status vultus_gallery_import_people(vultus_gallery *gallery,
                                           const vultus_person_record *people, size_t count,
                                           vultus_imported_people *out, vultus_error *error)
{
    struct store_knew sum = {0};
    vultus_status status = gallery_need(gallery && (people || !count), error);
    if (!status && count > VULTUS_IMPORT_MAX)
        status = status_set(error, VULTUS_ERR_LIMIT, "%zu people in one import; at most %d", count,
                            VULTUS_IMPORT_MAX);
    if (status)
        return status;
    struct store_known *known = mem_array(count + 1, sizeof *known);
    if (!known)
        return status_memory(error, "an import");
    for (size_t i = 0; !status && i < count; i++)
        status = check_person(&people[i], &known[i], error);
    if (!status && count)
        status = gallery->store->methods->know(gallery->store, known, count, &sum, error);
    mem_free(known);
    if (!status && out)
        *out = (vultus_imported_people){.new_people = sum.people, .facts = sum.facts};
    return status;
}
