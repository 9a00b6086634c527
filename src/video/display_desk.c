/* See display_desk.h. */
#include "video/display_desk.h"

#include <string.h>

const struct display_help display_helps[] = {{"e", "enrol the unknown or only face"},
                                             {"Space", "pause"},
                                             {"f", "full screen"},
                                             {"s", "write a picture"},
                                             {"h", "this help"},
                                             {"q", "quit"},
                                             {NULL, NULL}};

/* Blanks at both ends are no part of a name. */
static void trim(char *name)
{
    size_t begin = strspn(name, " "), end = strlen(name);
    while (end > begin && name[end - 1] == ' ')
        end--;
    memmove(name, name + begin, end - begin);
    name[end - begin] = '\0';
}

static void add(char name[VULTUS_NAME_MAX + 1], const char *text)
{
    size_t length = strlen(name), more = strlen(text);
    if (length + more <= VULTUS_NAME_MAX)
        memcpy(name + length, text, more + 1);
}

static void take_last(char *name)
{
    size_t length = strlen(name);
    while (length && ((unsigned char)name[length - 1] & 0xC0) == 0x80)
        length--;
    name[length ? length - 1 : 0] = '\0';
}

static enum display_act name_key(struct display_desk *desk, const struct display_key *key)
{
    switch (key->kind) {
    case DISPLAY_KEY_TEXT: add(desk->name, key->text); break;
    case DISPLAY_KEY_BACKSPACE: take_last(desk->name); break;
    case DISPLAY_KEY_ESCAPE: desk->mode = DISPLAY_WATCHING; break;
    case DISPLAY_KEY_ENTER:
        trim(desk->name);
        if (!desk->name[0])
            break;
        desk->mode = DISPLAY_WATCHING;
        return DISPLAY_ACT_ENROLL;
    default: break;
    }
    return DISPLAY_ACT_NONE;
}

static enum display_act command(struct display_desk *desk, char letter)
{
    switch (letter) {
    case 'q': return DISPLAY_ACT_QUIT;
    case ' ': desk->paused = !desk->paused; break;
    case 'f': desk->fullscreen = !desk->fullscreen; return DISPLAY_ACT_FULLSCREEN;
    case 's': return DISPLAY_ACT_SNAPSHOT;
    case 'h': desk->mode = desk->mode == DISPLAY_HELP ? DISPLAY_WATCHING : DISPLAY_HELP; break;
    case 'e':
        if (!desk->enrolls)
            break;
        desk->name[0] = '\0';
        return DISPLAY_ACT_FREEZE;
    default: break;
    }
    return DISPLAY_ACT_NONE;
}

enum display_act display_desk_key(struct display_desk *desk, const struct display_key *key)
{
    if (key->kind == DISPLAY_KEY_CLOSE)
        return DISPLAY_ACT_QUIT;
    if (desk->mode == DISPLAY_NAMING)
        return name_key(desk, key);
    if (key->kind == DISPLAY_KEY_TEXT && !key->text[1]) {
        char letter = key->text[0];
        return command(desk, letter >= 'A' && letter <= 'Z' ? (char)(letter + 'a' - 'A') : letter);
    }
    if (key->kind != DISPLAY_KEY_ESCAPE)
        return DISPLAY_ACT_NONE;
    if (desk->mode == DISPLAY_WATCHING)
        return DISPLAY_ACT_QUIT;
    desk->mode = DISPLAY_WATCHING;
    return DISPLAY_ACT_NONE;
}
