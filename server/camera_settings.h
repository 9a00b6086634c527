/* How a camera is watched: what requests and the file of cameras say, by one table. */
#ifndef SERVER_CAMERA_SETTINGS_H
#define SERVER_CAMERA_SETTINGS_H

#include "camera_sources.h"
#include "gallery_files.h"

#include <jansson.h>

#define CAMERA_MESSAGE_SIZE 200

struct camera_settings {
    char name[VULTUS_NAME_MAX + 1];
    char source[CAMERA_SOURCE_MAX + 1]; /* as it is opened: with what it has of user and password */
    char gallery[GALLERY_NAME_MAX + 1];
    double fps;          /* frames a second that are looked at; 0: all */
    double interval;     /* seconds between searches of whole frames */
    double confirm;      /* finds that make a face sure */
    double absence;      /* seconds without a find after which a face has left */
    double cooldown;     /* seconds in which somebody who comes again is not announced */
    double preview;      /* pixels of the longer side of what is shown */
    double require_live; /* the least liveness of whoever gets a name; 0: it is not asked for */
    bool record, repeat; /* events are kept; a recording begins again when it ends */
};

void camera_settings_default(struct camera_settings *out);
/*
 * Takes over what an object says, and leaves the rest; null is the default again. False: `message` says what is wrong, and
 * *out has no meaning. `own`: keys that are the caller's, ends in NULL.
 */
bool camera_settings_read(const json_t *object, const char *const *own, struct camera_settings *out,
                          char message[CAMERA_MESSAGE_SIZE]);
/* `secret`: the source as it is opened; else as it may be shown. */
json_t *json_camera_settings(const struct camera_settings *settings, bool secret);

#endif
