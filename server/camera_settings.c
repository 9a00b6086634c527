/* See camera_settings.h. */
#include "camera_settings.h"

#include "answers/json_values.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define AT(field) offsetof(struct camera_settings, field)
#define ROOM(field) sizeof(((struct camera_settings *)NULL)->field)

enum kind { TEXT, REAL, WHOLE, FLAG };

struct field {
    const char *name;
    enum kind kind;
    size_t offset, size; /* of a text: with its NUL */
    double least, most;
    double usual; /* the default; of texts: none */
    const char *text;
};

static const struct field fields[] = {
    {"name", TEXT, AT(name), ROOM(name), 0, 0, 0, ""},
    {"source", TEXT, AT(source), ROOM(source), 0, 0, 0, ""},
    {"gallery", TEXT, AT(gallery), ROOM(gallery), 0, 0, 0, GALLERY_DEFAULT},
    {"fps", REAL, AT(fps), 0, 0.1, 1000, 0, NULL}, /* 0 is written as null: all of them */
    {"interval", REAL, AT(interval), 0, 0.01, 3600, 0.5, NULL},
    {"confirm", WHOLE, AT(confirm), 0, 1, 1000, 2, NULL},
    {"absence", REAL, AT(absence), 0, 0.05, 86400, 1.5, NULL},
    {"cooldown", REAL, AT(cooldown), 0, 0, 86400, 0, NULL},
    {"preview", WHOLE, AT(preview), 0, 160, 1920, 640, NULL},
    {"require_live", REAL, AT(require_live), 0, 0.01, 1, 0, NULL}, /* 0 is null: of nobody */
    {"record", FLAG, AT(record), 0, 0, 0, 1, NULL},
    {"repeat", FLAG, AT(repeat), 0, 0, 0, 0, NULL},
};

#define COUNT (sizeof fields / sizeof *fields)

static void set_usual(const struct field *field, struct camera_settings *out)
{
    void *at = (char *)out + field->offset;
    if (field->kind == TEXT)
        snprintf(at, field->size, "%s", field->text);
    else if (field->kind == FLAG)
        *(bool *)at = field->usual > 0;
    else
        *(double *)at = field->usual;
}

void camera_settings_default(struct camera_settings *out)
{
    *out = (struct camera_settings){0};
    for (size_t i = 0; i < COUNT; i++)
        set_usual(&fields[i], out);
}

/* ------------------------------------------------------------------ reading */

static bool read_value(const struct field *field, const json_t *value, struct camera_settings *out)
{
    void *at = (char *)out + field->offset;
    const char *text = json_string_value(value);
    double number = json_number_value(value);
    switch (field->kind) {
    case TEXT:
        if (!text || strlen(text) != json_string_length(value) || strlen(text) >= field->size)
            return false;
        memcpy(at, text, strlen(text) + 1);
        return *text != '\0';
    case FLAG: *(bool *)at = json_is_true(value); return json_is_boolean(value);
    case REAL:
    case WHOLE:
        *(double *)at = number;
        return json_is_number(value) && isfinite(number) && number >= field->least &&
               number <= field->most && (field->kind == REAL || number == floor(number));
    }
    return false;
}

static void explain(const struct field *field, char message[CAMERA_MESSAGE_SIZE])
{
    static const char *const kinds[] = {[REAL] = "number", [WHOLE] = "whole number"};
    if (field->kind == TEXT)
        snprintf(message, CAMERA_MESSAGE_SIZE, "%s has to be a text of 1 to %zu bytes", field->name,
                 field->size - 1);
    else if (field->kind == FLAG)
        snprintf(message, CAMERA_MESSAGE_SIZE, "%s is neither true nor false", field->name);
    else
        snprintf(message, CAMERA_MESSAGE_SIZE, "%s has to be a %s from %g to %g", field->name,
                 kinds[field->kind], field->least, field->most);
}

static bool check(const struct camera_settings *settings, char message[CAMERA_MESSAGE_SIZE])
{
    vultus_error error = {0};
    if (!vultus_name_check(settings->name, &error) && gallery_name_good(settings->gallery))
        return true;
    if (error.code)
        snprintf(message, CAMERA_MESSAGE_SIZE, "name: %.160s", error.message);
    else
        snprintf(message, CAMERA_MESSAGE_SIZE, "no gallery can be called that");
    return false;
}

static bool is_own(const char *const *own, const char *key)
{
    while (*own && strcmp(*own, key) != 0)
        own++;
    return *own != NULL;
}

bool camera_settings_read(const json_t *object, const char *const *own, struct camera_settings *out,
                          char message[CAMERA_MESSAGE_SIZE])
{
    for (void *at = json_object_iter((json_t *)object); at;
         at = json_object_iter_next((json_t *)object, at)) {
        const char *key = json_object_iter_key(at);
        const json_t *value = json_object_iter_value(at);
        size_t i = 0;
        while (i < COUNT && strcmp(fields[i].name, key) != 0)
            i++;
        if (i == COUNT && is_own(own, key))
            continue;
        if (i == COUNT) {
            snprintf(message, CAMERA_MESSAGE_SIZE, "there is no field %.60s here", key);
            return false;
        }
        if (json_is_null(value))
            set_usual(&fields[i], out);
        else if (!read_value(&fields[i], value, out)) {
            explain(&fields[i], message);
            return false;
        }
    }
    return check(out, message);
}

/* ------------------------------------------------------------------ writing */

static json_t *json_source(const char *source)
{
    char shown[CAMERA_SOURCE_MAX + 1];
    vultus_source_show(source, shown, sizeof shown);
    return json_text(shown);
}

static json_t *json_field(const struct field *field, const struct camera_settings *settings)
{
    const void *at = (const char *)settings + field->offset;
    double number = field->kind == REAL || field->kind == WHOLE ? *(const double *)at : 0;
    switch (field->kind) {
    case TEXT: return json_text(at);
    case FLAG: return json_boolean(*(const bool *)at);
    case WHOLE: return json_whole((size_t)number);
    case REAL: return number < field->least ? json_null() : json_number(number);
    }
    return NULL;
}

json_t *json_camera_settings(const struct camera_settings *settings, bool secret)
{
    json_t *object = json_object();
    for (size_t i = 0; object && i < COUNT; i++) {
        bool hidden = fields[i].offset == AT(source) && !secret;
        json_t *value = hidden ? json_source(settings->source) : json_field(&fields[i], settings);
        if (json_object_set_new(object, fields[i].name, value)) {
            json_decref(object);
            object = NULL;
        }
    }
    return object;
}
