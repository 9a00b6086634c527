/*
 * How many events a gallery takes, one at a time and in batches as watch --record stores them, how long pages of them
 * take, and erasing somebody with their events. Usage: bench_event_rate GALLERY [EVENTS], a path that is not there yet.
 */
#include "base/clock.h"
#include "base/random.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <vultus/vultus.h>

#define PICTURE 8192 /* bytes, about what a face of 160 pixels has */
#define BATCH 128

static void need(vultus_status status, const vultus_error *error)
{
    if (!status)
        return;
    fprintf(stderr, "%s\n", error->message);
    exit(1);
}

static double since(uint64_t start)
{
    return (double)(clock_ns() - start) / 1e9;
}

/* Stores `count` events, some of them of somebody, in transactions of `batch`. */
static double store(vultus_gallery *gallery, size_t count, size_t batch, struct random *random)
{
    static uint8_t picture[PICTURE];
    static char camera[] = "rtsp://camera.local/door", name[] = "Ada";
    vultus_event_record records[BATCH];
    vultus_error error = {0};
    uint64_t start = clock_ns();
    for (size_t done = 0; done < count; done += batch) {
        for (size_t i = 0; i < batch; i++) {
            for (size_t k = 0; k < PICTURE; k += 8) {
                uint64_t bits = random_next(random);
                memcpy(picture + k, &bits, 8);
            }
            records[i] = (vultus_event_record){.visit = (done + i) / 4,
                                               .kind = (vultus_event_kind)((done + i) % 4),
                                               .camera = camera,
                                               .name = (done + i) % 100 == 1 ? name : NULL,
                                               .box = {100, 100, 80, 80},
                                               .width = 1920,
                                               .height = 1080,
                                               .picture = picture,
                                               .picture_size = PICTURE};
        }
        need(vultus_gallery_add_events(gallery, records, batch, NULL, &error), &error);
    }
    return (double)count / since(start);
}

static double page(vultus_gallery *gallery, vultus_event_query query)
{
    vultus_event_records records = {0};
    vultus_error error = {0};
    uint64_t start = clock_ns();
    need(vultus_gallery_events(gallery, &query, &records, &error), &error);
    vultus_event_records_clear(&records);
    return 1e3 * since(start);
}

int main(int argc, char **argv)
{
    size_t count = argc > 2 ? strtoul(argv[2], NULL, 10) : 50000;
    vultus_gallery *gallery = NULL;
    vultus_error error = {0};
    vultus_person_record ada = {.name = (char *)(uintptr_t) "Ada"};
    struct random random;
    if (argc < 2) {
        fprintf(stderr, "bench_event_rate GALLERY [EVENTS]\n");
        return 2;
    }
    random_seed(&random, 1);
    need(vultus_gallery_open(argv[1], NULL, &gallery, &error), &error);
    need(vultus_gallery_import_people(gallery, &ada, 1, NULL, &error), &error);
    printf("one at a time: %.0f a second\n", store(gallery, 1000, 1, &random));
    printf("%d at once: %.0f a second\n", BATCH,
           store(gallery, count / BATCH * BATCH, BATCH, &random));
    printf("the latest 100: %.2f ms\n", page(gallery, (vultus_event_query){.latest = true}));
    printf("the latest 100 of somebody: %.2f ms\n",
           page(gallery, (vultus_event_query){.latest = true, .person = "Ada"}));
    printf("100 with pictures: %.2f ms\n",
           page(gallery, (vultus_event_query){.after = 1, .pictures = true}));
    uint64_t start = clock_ns();
    need(vultus_gallery_delete(gallery, "Ada", &error), &error);
    printf("erasing somebody with their visits: %.1f ms\n", 1e3 * since(start));
    vultus_gallery_close(gallery);
    return 0;
}
