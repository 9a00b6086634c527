/*
 * What somebody may send to add a camera: settings keep their ranges and are the same when they are read again, and a source
 * that is let through is at the place that the pattern names, however it is written.
 */
#include "fuzz.h"

#include "base/memory.h"
#include "server/camera_settings.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static void need(bool fact)
{
    if (!fact)
        abort();
}

/* As FFmpeg reads an address: a user ends at the last '@' before the path. */
static void try_source(const char *source)
{
    static const char *const items[] = {"rtsp://10.0.0.*", "/srv/films/*"};
    const struct camera_patterns patterns = {items, 2};
    if (!camera_source_allowed(&patterns, source))
        return;
    need(strlen(source) <= CAMERA_SOURCE_MAX && !strstr(source, "/../"));
    if (*source == '/') {
        need(!strncmp(source, "/srv/films/", 11) && !strchr(source + 11, '/'));
        return;
    }
    need(!strncmp(source, "rtsp://", 7));
    const char *host = source + 7;
    size_t length = strcspn(host, "/?#");
    for (size_t i = 0; i < length; i++)
        if (source[7 + i] == '@')
            host = source + 7 + i + 1;
    need(!strncmp(host, "10.0.0.", 7));
    need(!memchr(host + 7, '.', (size_t)(source + 7 + length - host) - 7));
    need(!memchr(host, ':', (size_t)(source + 7 + length - host)));
}

static void try_settings(const json_t *object)
{
    static const char *const own[] = {"start", NULL};
    struct camera_settings settings, again;
    char message[CAMERA_MESSAGE_SIZE] = "";
    camera_settings_default(&settings);
    if (!camera_settings_read(object, own, &settings, message)) {
        need(message[0]);
        return;
    }
    need(!vultus_name_check(settings.name, NULL) && gallery_name_good(settings.gallery));
    need(settings.confirm >= 1 && settings.confirm == floor(settings.confirm));
    need(settings.preview >= 160 && settings.preview <= 1920 && isfinite(settings.fps));
    json_t *json = json_camera_settings(&settings, true);
    camera_settings_default(&again);
    if (!settings.source[0])
        (void)json_object_del(json, "source");
    need(camera_settings_read(json, own, &again, message));
    need(!strcmp(settings.source, again.source) && settings.absence == again.absence);
    json_decref(json);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    long live = mem_live();
    char *text = mem_alloc(size + 1);
    if (!text)
        return 0;
    memcpy(text, data, size);
    text[size] = '\0';
    json_t *object = json_loadb(text, size, JSON_REJECT_DUPLICATES, NULL);
    if (json_is_object(object))
        try_settings(object);
    json_decref(object);
    try_source(text);
    mem_free(text);
    need(mem_live() == live);
    return 0;
}

size_t fuzz_seed(unsigned index, uint8_t *out, size_t capacity)
{
    static const char *const seeds[] = {
        "rtsp://user:secret@10.0.0.7/stream?x=1",
        "rtsp://10.0.0.7@evil/@10.0.0.7#10.0.0.7",
        "/srv/films/a.mp4",
        "{\"name\": \"door\", \"source\": \"/srv/films/a\", \"fps\": 5, \"confirm\": 3, "
        "\"absence\": "
        "null, \"record\": false, \"preview\": 320, \"gallery\": \"x\", \"start\": true}",
    };
    if (index >= sizeof seeds / sizeof *seeds || capacity < strlen(seeds[index]))
        return 0;
    memcpy(out, seeds[index], strlen(seeds[index]));
    return strlen(seeds[index]);
}
