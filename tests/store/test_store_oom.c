/*
 * Memory runs out: each allocation in turn, ours and SQLite's, fails once or for good. Every call
 * either does its work or says MEMORY, gives back all it took, and leaves a whole gallery.
 */
#include "event_support.h"

#include "decide/pairs.h"

#include <sqlite3.h>
#include <unistd.h>

#define MODEL "synthetic@00000001"

/* ---- SQLite's memory, wrapped */

static sqlite3_mem_methods real;
static long lite_countdown;
static bool lite_for_good, lite_failed;

static bool lite_must_fail(void)
{
    if (lite_countdown <= 0 || --lite_countdown > 0)
        return false;
    lite_countdown = lite_for_good;
    return lite_failed = true;
}

static void *lite_malloc(int size)
{
    return lite_must_fail() ? NULL : real.xMalloc(size);
}

static void *lite_realloc(void *block, int size)
{
    return lite_must_fail() ? NULL : real.xRealloc(block, size);
}

static int wrap_sqlite(void **state)
{
    (void)state;
    if (sqlite3_config(SQLITE_CONFIG_GETMALLOC, &real))
        return 1;
    sqlite3_mem_methods mine = real;
    mine.xMalloc = lite_malloc;
    mine.xRealloc = lite_realloc;
    return sqlite3_config(SQLITE_CONFIG_MALLOC, &mine) || sqlite3_initialize();
}

/* ---- which memory fails */

enum source { OURS, SQLITES };

static bool has_failed;

static void fail_at(enum source source, long n, bool for_good)
{
    has_failed = false;
    if (source == OURS) {
        mem_fail_after(n, for_good);
    } else {
        lite_countdown = n;
        lite_for_good = for_good;
        lite_failed = false;
    }
}

/* True when something has failed since fail_at. */
static bool stop_failing(enum source source)
{
    has_failed |= source == OURS ? mem_failed() : lite_failed;
    mem_fail_after(0, false);
    lite_countdown = 0;
    return has_failed;
}

/* ---- the calls; each clears what it got */

struct scene {
    const char *path;
    vultus_gallery *gallery; /* NULL: the call opens it itself */
    const vultus_engine *engine;
    enum source source;
    uint64_t seed; /* a picture that was never enrolled */
};

typedef vultus_status call(struct scene *scene, vultus_error *error);

static vultus_status call_open(struct scene *scene, vultus_error *error)
{
    vultus_gallery *gallery = NULL;
    vultus_status status = vultus_gallery_open(scene->path, NULL, &gallery, error);
    vultus_gallery_close(gallery);
    return status;
}

static vultus_status call_make(struct scene *scene, vultus_error *error)
{
    vultus_gallery *gallery = NULL;
    char path[4200];
    snprintf(path, sizeof path, "%s-%llu-new", scene->path, (unsigned long long)scene->seed);
    vultus_status status = vultus_gallery_open(path, NULL, &gallery, error);
    vultus_gallery_close(gallery);
    unlink(path);
    return status;
}

static vultus_status call_enroll(struct scene *scene, vultus_error *error)
{
    return vultus_gallery_enroll(scene->gallery, "Newcomer", "new.jpg",
                                 fake_sample(scene->seed, MODEL, DIMENSION), NULL, error);
}

static vultus_status call_identify(struct scene *scene, vultus_error *error)
{
    float probe[DIMENSION];
    vultus_identity who;
    fake_embedding(3, DIMENSION, probe);
    return vultus_gallery_identify(scene->gallery, scene->engine, probe, NULL, &who, error);
}

/* From an index that is not there: a gallery of its own. */
static vultus_status call_first_identify(struct scene *scene, vultus_error *error)
{
    struct scene own = *scene;
    own.gallery = NULL;
    vultus_status status = vultus_gallery_open(scene->path, NULL, &own.gallery, error);
    if (!status)
        status = call_identify(&own, error);
    if (status && own.gallery) { /* what could not be answered can be asked again */
        stop_failing(scene->source);
        assert_int_equal(call_identify(&own, NULL), VULTUS_OK);
    }
    vultus_gallery_close(own.gallery);
    return status;
}

static vultus_status call_people(struct scene *scene, vultus_error *error)
{
    vultus_people people = {0};
    vultus_status status = vultus_gallery_people(scene->gallery, &people, error);
    assert_true(!status || !people.items);
    vultus_people_clear(&people);
    return status;
}

static vultus_status call_faces(struct scene *scene, vultus_error *error)
{
    vultus_face_records records = {0};
    vultus_status status = vultus_gallery_faces(scene->gallery, "person 1", &records, error);
    assert_true(!status || !records.items);
    vultus_face_records_clear(&records);
    return status;
}

static vultus_status call_rename(struct scene *scene, vultus_error *error)
{
    static bool back;
    vultus_status status = vultus_gallery_rename(scene->gallery, back ? "person Two" : "person 2",
                                                 back ? "person 2" : "person Two", error);
    back ^= !status;
    return status;
}

static vultus_status call_erase(struct scene *scene, vultus_error *error)
{
    vultus_status status = vultus_gallery_delete(scene->gallery, "Newcomer", error);
    return status == VULTUS_ERR_NOT_FOUND ? VULTUS_OK : status;
}

static vultus_status call_pairs(struct scene *scene, vultus_error *error)
{
    static const char text[] = "file_x,file_y,Decision\na.jpg,b.jpg,Yes\n\"c\",d.jpg,No\n";
    vultus_pairs pairs = {0};
    vultus_status status =
        pairs_parse(text, sizeof text - 1, "pairs.csv", scene->path, &pairs, error);
    assert_true(!status || !pairs.items);
    vultus_pairs_clear(&pairs);
    return status;
}

static vultus_status call_evaluate(struct scene *scene, vultus_error *error)
{
    static const float similarity[] = {0.9f, 0.8f, 0.1f, 0.2f};
    static const bool same[] = {true, true, false, false};
    vultus_scores scores = {.similarity = similarity, .same = same, .count = 4, .folds = 2};
    vultus_report report;
    (void)scene;
    return vultus_evaluate(&scores, &report, error);
}

static vultus_status call_backup(struct scene *scene, vultus_error *error)
{
    char path[4200];
    snprintf(path, sizeof path, "%s-copy", scene->path);
    vultus_status status = vultus_gallery_backup(scene->gallery, path, false, NULL, error);
    assert_true(!unlink(path) || status); /* there is a whole copy or none */
    return status;
}

static vultus_status call_check(struct scene *scene, vultus_error *error)
{
    vultus_faults faults = {0};
    vultus_status status = vultus_gallery_check(scene->gallery, NULL, &faults, error);
    assert_int_equal(faults.found, 0);
    vultus_faults_clear(&faults);
    return status;
}

static vultus_status call_trace(struct scene *scene, vultus_error *error)
{
    vultus_trace trace = {.gone = true};
    vultus_status status = vultus_gallery_trace(scene->gallery, "person 1", &trace, error);
    assert_true(status || !trace.gone);
    return status;
}

static vultus_status call_stats(struct scene *scene, vultus_error *error)
{
    vultus_gallery_stats stats = {0};
    vultus_status status = vultus_gallery_statistics(scene->gallery, &stats, error);
    vultus_gallery_stats_clear(&stats);
    return status;
}

static vultus_status call_compact(struct scene *scene, vultus_error *error)
{
    return vultus_gallery_compact(scene->gallery, NULL, error);
}

static vultus_status call_row(struct scene *scene, vultus_error *error)
{
    static const char line[] =
        "{\"name\":\"Ada\",\"created\":\"2026-01-01T00:00:00Z\",\"embedder\":\"m@1\",\"x\":1,"
        "\"y\":2,\"width\":3,\"height\":4,\"score\":1,\"source\":\"a.jpg\",\"picture\":"
        "\"000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\",\"landmarks\":"
        "[[1,2],[3,4],[5,6],[7,8],[9,1]],\"quality\":{\"size\":1,\"sharpness\":0,"
        "\"brightness\":0,\"roll\":0,\"yaw\":0},\"embedding\":[1],\"thumbnail\":\"AAAA\"}";
    char *name = NULL;
    vultus_face_record record = {0};
    (void)scene;
    vultus_status status = vultus_row_read(line, sizeof line - 1, &name, &record, error);
    assert_true(status || record.thumbnail_size == 3);
    vultus_row_clear(&name, &record);
    return status;
}

static vultus_status call_fact(struct scene *scene, vultus_error *error)
{
    vultus_facts facts = {0};
    vultus_status status =
        vultus_gallery_set_fact(scene->gallery, "person 1", VULTUS_FACT_ATTRIBUTE, "key",
                                scene->seed % 2 ? "odd" : "even", error);
    if (!status)
        status = vultus_gallery_facts(scene->gallery, "person 1", &facts, error);
    vultus_facts_clear(&facts);
    return status;
}

/* Merged and taken back: what one failure leaves of it, the next call finds. */
static vultus_status call_merge(struct scene *scene, vultus_error *error)
{
    char action[32];
    vultus_status status = vultus_gallery_merge(scene->gallery, "person 3", "person 4", error);
    if (!status && (status = vultus_gallery_undo(scene->gallery, action, error))) {
        stop_failing(scene->source);
        assert_int_equal(vultus_gallery_undo(scene->gallery, action, NULL), VULTUS_OK);
    }
    return status;
}

static vultus_status call_changes(struct scene *scene, vultus_error *error)
{
    vultus_changes changes = {0};
    vultus_status status = vultus_gallery_changes(scene->gallery, NULL, 20, &changes, error);
    assert_true(status || changes.count == 20);
    vultus_changes_clear(&changes);
    return status;
}

/* Given away and taken back, as call_merge. */
static vultus_status call_split(struct scene *scene, vultus_error *error)
{
    const int64_t face = 5;
    vultus_status status =
        vultus_gallery_split(scene->gallery, "person 4", &face, 1, "somebody new", error);
    if (!status && (status = vultus_gallery_undo(scene->gallery, NULL, error))) {
        stop_failing(scene->source);
        assert_int_equal(vultus_gallery_undo(scene->gallery, NULL, NULL), VULTUS_OK);
    }
    return status;
}

static vultus_status call_pages(struct scene *scene, vultus_error *error)
{
    const vultus_people_query query = {.after = "person 5", .most = 3};
    vultus_people people = {0};
    vultus_named_faces faces = {0};
    vultus_fact_counts counts = {0};
    vultus_status status = vultus_gallery_people_page(scene->gallery, &query, &people, NULL, error);
    vultus_people_clear(&people);
    if (!status)
        status = vultus_gallery_person(scene->gallery, "person 1", &people, error);
    if (!status)
        status = vultus_gallery_faces_from(scene->gallery, 7, 3, &faces, error);
    if (!status)
        status = vultus_gallery_count_facts(scene->gallery, VULTUS_FACT_ATTRIBUTE, &counts, error);
    vultus_people_clear(&people);
    vultus_named_faces_clear(&faces);
    vultus_fact_counts_clear(&counts);
    return status;
}

static vultus_status call_events(struct scene *scene, vultus_error *error)
{
    const vultus_event_query query = {.latest = true, .pictures = true, .most = 3};
    const vultus_event_keeping few = {.days = 1, .most = 20};
    vultus_event_record record =
        fake_event(scene->seed, scene->seed, VULTUS_EVENT_IDENTIFIED, "person 1");
    vultus_event_records records = {0};
    int64_t at;
    vultus_status status = vultus_gallery_add_events(scene->gallery, &record, 1, &few, error);
    if (!status)
        status = vultus_gallery_events(scene->gallery, &query, &records, error);
    assert_true(status ? !records.items : records.items[0].id == record.id);
    vultus_event_records_clear(&records);
    if (!status)
        status = vultus_gallery_reader(scene->gallery, "reader", &at, error);
    if (!status)
        status = vultus_gallery_reader_done(scene->gallery, "reader", record.id, error);
    return status ? status : vultus_gallery_prune_events(scene->gallery, NULL, NULL, error);
}

/* ---- the loop */

static size_t count_faces(const char *path)
{
    vultus_gallery *gallery = open_gallery(path);
    vultus_error error = {0};
    vultus_people people;
    size_t faces = 0;
    assert_ok(vultus_gallery_people(gallery, &people, &error), &error);
    for (size_t i = 0; i < people.count; i++)
        faces += people.items[i].faces;
    vultus_people_clear(&people);
    vultus_gallery_close(gallery);
    return faces;
}

static long run_out(struct scene *scene, const char *name, call *what, bool for_good, long sparse)
{
    long n, refused = 0;
    bool failed = true;
    /* all of the first allocations, then one in some: SQLite makes thousands to open a gallery */
    for (n = 1; failed; n += 1 + n / sparse) {
        vultus_error error = {0};
        size_t faces = count_faces(scene->path);
        long live = mem_live();
        scene->seed++;
        fail_at(scene->source, n, for_good);
        vultus_status status = what(scene, &error);
        failed = stop_failing(scene->source);
        if (status && (!failed || status != VULTUS_ERR_MEMORY || error.code != status))
            fail_msg("%s, allocation %ld: status %d: %s", name, n, status, error.message);
        refused += status != VULTUS_OK;
        if (what != call_identify && mem_live() != live) /* identify may keep a larger index */
            fail_msg("%s, allocation %ld: %ld blocks were not given back", name, n,
                     mem_live() - live);
        size_t now = count_faces(scene->path);
        if (what == call_enroll ? now != faces + !status : what != call_erase && now != faces)
            fail_msg("%s, allocation %ld: %zu faces became %zu, status %d", name, n, faces, now,
                     status);
        if (n > 60000)
            fail_msg("%s: no end", name);
    }
    return refused;
}

static void every_call_survives(void **state)
{
    static const struct {
        const char *name;
        call *what;
    } calls[] = {
        {"open", call_open},         {"make", call_make},
        {"enroll", call_enroll},     {"first identify", call_first_identify},
        {"identify", call_identify}, {"people", call_people},
        {"faces", call_faces},       {"rename", call_rename},
        {"erase", call_erase},       {"pairs", call_pairs},
        {"evaluate", call_evaluate}, {"backup", call_backup},
        {"check", call_check},       {"trace", call_trace},
        {"stats", call_stats},       {"compact", call_compact},
        {"row", call_row},           {"fact", call_fact},
        {"merge", call_merge},       {"changes", call_changes},
        {"split", call_split},       {"pages", call_pages},
        {"events", call_events},
    };
    (void)state;
    struct fake_engine fake;
    long live = mem_live(), sparse = encrypted() ? 4 : 8;
    const char *path = fresh_path();
    struct scene scene = {.path = path, .seed = 1000};
    scene.engine = fake_engine(&fake, MODEL, DIMENSION, 0.5f);
    scene.gallery = open_gallery(path);
    for (unsigned i = 0; i < 200; i++) {
        char name[32];
        snprintf(name, sizeof name, "person %u", i % 90);
        enroll(scene.gallery, name, i, MODEL);
    }
    for (int source = OURS; source <= SQLITES; source++)
        for (int for_good = 0; for_good <= 1; for_good++)
            for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++) {
                scene.source = (enum source)source;
                long refused = run_out(&scene, calls[i].name, calls[i].what, for_good,
                                       calls[i].what == call_open ? 5 * sparse : sparse);
                print_message("%s, %s memory fails %s: %ld refused\n", calls[i].name,
                              source == OURS ? "our" : "SQLite's", for_good ? "for good" : "once",
                              refused);
            }
    vultus_gallery_close(scene.gallery);
    assert_int_equal(mem_live(), live);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_call_survives)};
    return cmocka_run_group_tests(tests, wrap_sqlite, NULL);
}
