/*
 * A window by SDL2, or the whole screen, also of a console without a desktop (KMS/DRM). Pictures go through one
 * streaming texture of the window's size. Letters come as text, so that keyboards of all languages work.
 */
#include "video/display_screen.h"
#include "video/sdl_library.h"
#include "base/memory.h"

#include <string.h>

#define WIDTH 1280
#define HEIGHT 720

struct sdl_screen {
    const struct sdl *sdl;
    SDL_Window *window;
    SDL_Renderer *renderer;
    SDL_Texture *texture; /* NULL: none yet, or the window has another size */
    int width, height;    /* of the texture */
    Uint32 woken;         /* the kind of event that only wakes */
};

static void close_screen(void *self)
{
    struct sdl_screen *screen = self;
    const struct sdl *sdl = screen->sdl;
    if (screen->texture)
        sdl->SDL_DestroyTexture(screen->texture);
    if (screen->renderer)
        sdl->SDL_DestroyRenderer(screen->renderer);
    if (screen->window)
        sdl->SDL_DestroyWindow(screen->window);
    sdl->SDL_QuitSubSystem(SDL_INIT_VIDEO);
    mem_free(screen);
}

static vultus_status fail(const struct sdl *sdl, const char *what, vultus_error *error)
{
    return status_set(error, VULTUS_ERR_IO,
                      "%s: %s; on a desktop DISPLAY or WAYLAND_DISPLAY says where it is, on a "
                      "console try SDL_VIDEODRIVER=kmsdrm",
                      what, sdl->SDL_GetError());
}

/* The size that was asked for, or the usual one where the screen has room for it. */
static void choose_size(const struct sdl *sdl, const vultus_display_options *options, int *width,
                        int *height)
{
    SDL_Rect room;
    bool known = !sdl->SDL_GetDisplayUsableBounds(0, &room) && room.w > 0 && room.h > 0;
    *width = options->width ? (int)options->width : known && room.w < WIDTH ? room.w : WIDTH;
    *height = options->height ? (int)options->height : known && room.h < HEIGHT ? room.h : HEIGHT;
}

static vultus_status open_window(struct sdl_screen *screen, const vultus_display_options *options,
                                 vultus_error *error)
{
    const struct sdl *sdl = screen->sdl;
    int width, height;
    Uint32 flags = SDL_WINDOW_RESIZABLE | SDL_WINDOW_ALLOW_HIGHDPI |
                   (options->fullscreen ? SDL_WINDOW_FULLSCREEN_DESKTOP : 0);
    choose_size(sdl, options, &width, &height);
    screen->window = sdl->SDL_CreateWindow("vultus", SDL_WINDOWPOS_UNDEFINED,
                                           SDL_WINDOWPOS_UNDEFINED, width, height, flags);
    if (!screen->window)
        return fail(sdl, "no window can be opened", error);
    screen->renderer = sdl->SDL_CreateRenderer(screen->window, -1, 0);
    if (!screen->renderer)
        return fail(sdl, "nothing can be drawn in a window", error);
    if (options->fullscreen)
        (void)sdl->SDL_ShowCursor(SDL_DISABLE);
    sdl->SDL_StartTextInput();
    return VULTUS_OK;
}

static vultus_status open_screen(const vultus_display_options *options, void **out,
                                 vultus_error *error)
{
    const struct sdl *sdl = sdl_load(error);
    if (!sdl)
        return VULTUS_ERR_NOT_FOUND;
    (void)sdl->SDL_SetHint(SDL_HINT_NO_SIGNAL_HANDLERS, "1"); /* signals are the program's */
    (void)sdl->SDL_SetHint(SDL_HINT_VIDEO_ALLOW_SCREENSAVER, "0");
    if (sdl->SDL_InitSubSystem(SDL_INIT_VIDEO))
        return fail(sdl, "there is no screen to show a window on", error);
    struct sdl_screen *screen = mem_zalloc(1, sizeof *screen);
    if (!screen) {
        sdl->SDL_QuitSubSystem(SDL_INIT_VIDEO);
        return status_memory(error, "a window");
    }
    screen->sdl = sdl;
    screen->woken = sdl->SDL_RegisterEvents(1);
    vultus_status status = open_window(screen, options, error);
    if (status)
        close_screen(screen);
    else
        *out = screen;
    return status;
}

static void size(void *self, uint32_t *width, uint32_t *height)
{
    const struct sdl_screen *screen = self;
    int w = 0, h = 0;
    if (screen->sdl->SDL_GetRendererOutputSize(screen->renderer, &w, &h) || w < 1 || h < 1)
        w = h = 1;
    *width = (uint32_t)w;
    *height = (uint32_t)h;
}

static bool fit_texture(struct sdl_screen *screen, const vultus_image *image)
{
    int width = (int)image->width, height = (int)image->height;
    if (screen->texture && screen->width == width && screen->height == height)
        return true;
    if (screen->texture)
        screen->sdl->SDL_DestroyTexture(screen->texture);
    screen->width = width;
    screen->height = height;
    screen->texture = screen->sdl->SDL_CreateTexture(screen->renderer, SDL_PIXELFORMAT_RGB24,
                                                     SDL_TEXTUREACCESS_STREAMING, width, height);
    return screen->texture;
}

static vultus_status present(void *self, const vultus_image *image, vultus_error *error)
{
    struct sdl_screen *screen = self;
    const struct sdl *sdl = screen->sdl;
    if (!fit_texture(screen, image) ||
        sdl->SDL_UpdateTexture(screen->texture, NULL, image->pixels, (int)image->stride) ||
        sdl->SDL_RenderClear(screen->renderer) ||
        sdl->SDL_RenderCopy(screen->renderer, screen->texture, NULL, NULL))
        return fail(sdl, "the window cannot be drawn", error);
    sdl->SDL_RenderPresent(screen->renderer);
    return VULTUS_OK;
}

static struct display_key key_of(const SDL_Event *event)
{
    struct display_key key = {DISPLAY_KEY_NONE, ""};
    if (event->type == SDL_WINDOWEVENT) {
        key.kind = DISPLAY_KEY_REDRAW;
    } else if (event->type == SDL_QUIT) {
        key.kind = DISPLAY_KEY_CLOSE;
    } else if (event->type == SDL_TEXTINPUT) {
        key.kind = DISPLAY_KEY_TEXT;
        strncat(key.text, event->text.text, DISPLAY_TEXT_MAX);
    } else if (event->type == SDL_KEYDOWN) {
        switch (event->key.keysym.sym) {
        case SDLK_ESCAPE: key.kind = DISPLAY_KEY_ESCAPE; break;
        case SDLK_BACKSPACE: key.kind = DISPLAY_KEY_BACKSPACE; break;
        case SDLK_RETURN:
        case SDLK_KP_ENTER: key.kind = DISPLAY_KEY_ENTER; break;
        default: break;
        }
    }
    return key;
}

static bool next(void *self, int milliseconds, struct display_key *out)
{
    const struct sdl_screen *screen = self;
    SDL_Event event;
    if (!screen->sdl->SDL_WaitEventTimeout(&event, milliseconds))
        return false;
    *out = key_of(&event);
    return true;
}

static void wake(void *self)
{
    const struct sdl_screen *screen = self;
    SDL_Event event = {.type = screen->woken};
    (void)screen->sdl->SDL_PushEvent(&event); /* a full queue wakes as well */
}

static void fullscreen(void *self, bool on)
{
    const struct sdl_screen *screen = self;
    (void)screen->sdl->SDL_SetWindowFullscreen(screen->window,
                                               on ? SDL_WINDOW_FULLSCREEN_DESKTOP : 0);
    (void)screen->sdl->SDL_ShowCursor(on ? SDL_DISABLE : SDL_ENABLE);
}

const struct display_screen display_sdl = {.open = open_screen,
                                           .size = size,
                                           .present = present,
                                           .next = next,
                                           .wake = wake,
                                           .fullscreen = fullscreen,
                                           .close = close_screen};
