/*
 * Memory runs out beside a PostgreSQL server: each of our allocations in turn fails, once or for good. Every call does its
 * work or says MEMORY, gives back all it took, and leaves a whole gallery.
 */
#include "store_support.h"

#define MODEL "synthetic@00000001"
#define FACE "synthetic@00000002"

struct scene {
    const char *location;
    vultus_gallery *gallery;
    uint64_t seed; /* a picture that was never enrolled */
};

typedef vultus_status call(struct scene *scene, vultus_error *error);

static vultus_status call_open(struct scene *scene, vultus_error *error)
{
    vultus_gallery *gallery = NULL;
    vultus_status status = vultus_gallery_open(scene->location, NULL, &gallery, error);
    vultus_gallery_close(gallery);
    return status;
}

static vultus_status call_enroll(struct scene *scene, vultus_error *error)
{
    return vultus_gallery_enroll(scene->gallery, "Newcomer", "new.jpg",
                                 fake_sample(scene->seed, MODEL, DIMENSION), NULL, error);
}

static vultus_status call_people(struct scene *scene, vultus_error *error)
{
    vultus_people people = {0};
    vultus_status status = vultus_gallery_people(scene->gallery, &people, error);
    vultus_people_clear(&people);
    return status;
}

static vultus_status call_faces(struct scene *scene, vultus_error *error)
{
    vultus_face_records records = {0};
    vultus_status status = vultus_gallery_faces(scene->gallery, "Ada", &records, error);
    vultus_face_records_clear(&records);
    return status;
}

static vultus_status call_identify(struct scene *scene, vultus_error *error)
{
    struct fake_engine fake;
    vultus_identity who;
    float probe[DIMENSION];
    fake_embedding(1, DIMENSION, probe);
    return vultus_gallery_identify(scene->gallery, fake_engine(&fake, MODEL, DIMENSION, 0.5f),
                                   probe, NULL, &who, error);
}

static vultus_status call_fact(struct scene *scene, vultus_error *error)
{
    char value[32];
    snprintf(value, sizeof value, "%llu", (unsigned long long)scene->seed);
    return vultus_gallery_set_fact(scene->gallery, "Ada", VULTUS_FACT_ATTRIBUTE, "born", value,
                                   error);
}

static vultus_status call_facts(struct scene *scene, vultus_error *error)
{
    vultus_facts facts = {0};
    vultus_status status = vultus_gallery_facts(scene->gallery, "Ada", &facts, error);
    vultus_facts_clear(&facts);
    return status;
}

static vultus_status call_changes(struct scene *scene, vultus_error *error)
{
    vultus_changes changes = {0};
    vultus_status status = vultus_gallery_changes(scene->gallery, NULL, 5, &changes, error);
    vultus_changes_clear(&changes);
    return status;
}

static vultus_status call_check(struct scene *scene, vultus_error *error)
{
    vultus_faults faults = {0};
    vultus_status status = vultus_gallery_check(scene->gallery, NULL, &faults, error);
    vultus_faults_clear(&faults);
    return status;
}

static vultus_status call_compact(struct scene *scene, vultus_error *error)
{
    return vultus_gallery_compact(scene->gallery, NULL, error);
}

static vultus_status call_stats(struct scene *scene, vultus_error *error)
{
    vultus_gallery_stats stats = {0};
    vultus_status status = vultus_gallery_statistics(scene->gallery, &stats, error);
    vultus_gallery_stats_clear(&stats);
    return status;
}

static vultus_status call_pages(struct scene *scene, vultus_error *error)
{
    vultus_people people = {0};
    vultus_named_faces faces = {0};
    vultus_status status = vultus_gallery_people_page(scene->gallery, NULL, &people, NULL, error);
    vultus_people_clear(&people);
    if (!status)
        status = vultus_gallery_person(scene->gallery, "Ada", &people, error);
    if (!status)
        status = vultus_gallery_faces_from(scene->gallery, 1, 3, &faces, error);
    vultus_people_clear(&people);
    vultus_named_faces_clear(&faces);
    return status;
}

static const struct {
    const char *name;
    call *run;
} calls[] = {{"open", call_open},       {"enroll", call_enroll},     {"people", call_people},
             {"faces", call_faces},     {"identify", call_identify}, {"set fact", call_fact},
             {"facts", call_facts},     {"changes", call_changes},   {"check", call_check},
             {"compact", call_compact}, {"statistics", call_stats},  {"pages", call_pages}};

/* Fails the n-th allocation for n = 1, 2, ... until the call needs no more of them. */
static void fail_each(struct scene *scene, size_t which, bool for_good)
{
    for (long n = 1; n < 2000; n++) {
        vultus_error error = {0};
        scene->seed++;
        long live = mem_live();
        mem_fail_after(n, for_good);
        vultus_status status = calls[which].run(scene, &error);
        bool failed = mem_failed();
        mem_fail_after(0, false);
        if (status && status != VULTUS_ERR_MEMORY)
            fail_msg("%s, allocation %ld: %s", calls[which].name, n, error.message);
        if (status && !failed)
            fail_msg("%s: MEMORY without reason", calls[which].name);
        if (which != 4 && mem_live() != live) /* identification keeps its index */
            fail_msg("%s, allocation %ld: %ld blocks left", calls[which].name, n,
                     mem_live() - live);
        if (!failed)
            return;
    }
    fail_msg("%s never ends", calls[which].name);
}

static void every_allocation_may_fail(void **state)
{
    (void)state;
    static char location[320];
    static const char *const ways[] = {"&search=memory", "&search=server"};
    for (unsigned way = 0; way < 2; way++) {
        vultus_error error = {0};
        vultus_faults faults = {0};
        snprintf(location, sizeof location, "%s%s", postgres_gallery(way), ways[way]);
        struct scene scene = {.location = location, .gallery = open_gallery(location), .seed = 100};
        enroll(scene.gallery, "Ada", 1, MODEL);
        enroll(scene.gallery, "Grace", 2, MODEL);
        enroll(scene.gallery, "Ada", 3, FACE);
        for (size_t i = 0; i < sizeof calls / sizeof *calls; i++)
            for (int for_good = 0; for_good < 2; for_good++)
                fail_each(&scene, i, for_good);
        assert_string_equal(fake_nearest(scene.gallery, MODEL, 2), "Grace");
        assert_ok(vultus_gallery_check(scene.gallery, NULL, &faults, &error), &error);
        assert_int_equal(faults.found, 0);
        vultus_gallery_close(scene.gallery);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_allocation_may_fail),
    };
    postgres_address();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
