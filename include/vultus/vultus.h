/*
 * vultus: find faces, say who they are, and say how sure that is.
 *
 *   detect -> landmarks -> align -> embed -> search -> decide
 *
 * A complete program: enrol one person, name the faces of another picture.
 *
 *     #include <stdio.h>
 *     #include <vultus/vultus.h>
 *
 *     int main(void)
 *     {
 *         vultus_error error = {0};
 *         vultus_engine *engine = NULL;
 *         vultus_gallery *gallery = NULL;
 *         vultus_image *ada = NULL, *party = NULL;
 *         vultus_sample *sample = NULL;
 *         vultus_faces faces = {0};
 *         float *embeddings = NULL;
 *         int result = 1;
 *
 *         if (vultus_engine_open(NULL, &engine, &error) ||
 *             vultus_gallery_open("people.db", NULL, &gallery, &error) ||
 *             vultus_image_read("ada.jpg", NULL, &ada, &error) ||
 *             vultus_sample_take(engine, ada, NULL, &sample, &error) ||
 *             vultus_gallery_enroll(gallery, "Ada Lovelace", "ada.jpg", sample, NULL, &error) ||
 *             vultus_image_read("party.jpg", NULL, &party, &error) ||
 *             vultus_detect(engine, party, NULL, &faces, &error) ||
 *             vultus_embed(engine, party, faces.items, faces.count, NULL, &embeddings, &error))
 *             goto out;
 *         for (size_t i = 0; i < faces.count; i++) {
 *             vultus_identity who;
 *             const float *probe = embeddings + i * vultus_engine_dimension(engine);
 *             if (vultus_gallery_identify(gallery, engine, probe, NULL, &who, &error))
 *                 goto out;
 *             printf("%s (cosine %.3f, false accept rate %.1e)\n",
 *                    who.match ? who.best.name : "unknown", who.best.cosine, who.best.far);
 *         }
 *         result = 0;
 *     out:
 *         if (result)
 *             fprintf(stderr, "%s\n", error.message);
 *         vultus_embeddings_free(embeddings, faces.count * vultus_engine_dimension(engine));
 *         vultus_faces_clear(&faces);
 *         vultus_sample_free(sample);
 *         vultus_image_free(party);
 *         vultus_image_free(ada);
 *         vultus_gallery_close(gallery);
 *         vultus_engine_close(engine);
 *         return result;
 *     }
 *
 * THE CONTRACT, for every function below
 *
 * Errors     What can fail returns a vultus_status (0 is success; the compiler warns when it is
 *            dropped) and, when `error` is not NULL, writes one line that names the thing and the
 *            mend. After a failure outputs are untouched and there is nothing to free.
 * Ownership  What an `out` parameter hands over is the caller's, and is given back to the function
 *            named beside it. Every free, close and clear accepts NULL or a cleared struct.
 * Options    A NULL pointer or an all-zero struct means the defaults.
 * Threads    An engine may be used from many threads at once. Every other object is used from one
 *            thread at a time; different objects are independent. There are no globals.
 * Text       Strings are UTF-8 and end in NUL.
 * Pictures   Pixels are upright: EXIF orientation is applied while decoding. Coordinates are pixels,
 *            x to the right and y down, (0, 0) is the top left pixel.
 * Left/right As seen in the picture, not as the person has them.
 * Privacy    Pictures, chips and embeddings are overwritten before their memory is given back.
 * Limits     Everything read from outside has a limit that is checked before memory is taken; the
 *            limits are the VULTUS_*_MAX constants.
 *
 * This is the header to include; those beside it are its chapters: basics.h (errors, pictures), core.h
 * (faces, the engine), liveness.h (faces, or pictures of them), galleries.h (who is enrolled, and who
 * a face is), people.h (what is known of people, and the history of changes), upkeep.h (copies and checks of galleries), review.h (what to
 * look at in a gallery), models.h (packs of networks), labelled.h (embeddings with names), evaluate.h
 * (how good detectors and decisions are), calibrate.h (what scores mean), classify.h (classifiers of
 * people), metric.h (projections of embeddings that are learnt), cluster.h (faces grouped into
 * people), index.h (search without a gallery), redact.h (faces made unrecognisable), video.h (faces that
 * move), display.h (a window that shows them), events.h (what of them is kept).
 */
#ifndef VULTUS_VULTUS_H
#define VULTUS_VULTUS_H

#include <vultus/core.h>
#include <vultus/liveness.h>
#include <vultus/galleries.h>
#include <vultus/models.h>
#include <vultus/labelled.h>
#include <vultus/metric.h>
#include <vultus/evaluate.h>
#include <vultus/cluster.h>
#include <vultus/classify.h>
#include <vultus/upkeep.h>
#include <vultus/review.h>
#include <vultus/calibrate.h>
#include <vultus/people.h>
#include <vultus/index.h>
#include <vultus/redact.h>
#include <vultus/video.h>
#include <vultus/display.h>
#include <vultus/events.h>
#endif
