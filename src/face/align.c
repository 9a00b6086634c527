/* Least-squares similarity in closed form: in the plane it is a complex linear regression. */
#include "face/align.h"

#include <math.h>

bool align_fit(const vultus_point *from, const vultus_point *to, size_t count,
               struct similarity *out)
{
    double fx = 0, fy = 0, tx = 0, ty = 0, spread = 0, along = 0, turn = 0;
    for (size_t i = 0; i < count; i++) {
        fx += (double)from[i].x / (double)count;
        fy += (double)from[i].y / (double)count;
        tx += (double)to[i].x / (double)count;
        ty += (double)to[i].y / (double)count;
    }
    for (size_t i = 0; i < count; i++) {
        double px = (double)from[i].x - fx, py = (double)from[i].y - fy;
        double qx = (double)to[i].x - tx, qy = (double)to[i].y - ty;
        spread += px * px + py * py;
        along += px * qx + py * qy;
        turn += px * qy - py * qx;
    }
    if (!(spread > 1e-9) || !isfinite(spread))
        return false;
    double a = along / spread, b = turn / spread;
    if (!isfinite(a) || !isfinite(b))
        return false;
    *out = (struct similarity){(float)a, (float)b, (float)(tx - a * fx + b * fy),
                               (float)(ty - b * fx - a * fy)};
    return true;
}

bool align_chip(const vultus_point landmarks[VULTUS_LANDMARKS],
                const vultus_point points[VULTUS_LANDMARKS], struct similarity *to_picture)
{
    struct similarity fit;
    if (!align_fit(landmarks, points, VULTUS_LANDMARKS, &fit))
        return false;
    double square = (double)fit.a * (double)fit.a + (double)fit.b * (double)fit.b;
    if (!(square > 1e-12)) /* a face a million times larger than its chip: no face */
        return false;
    double a = (double)fit.a / square, b = -(double)fit.b / square;
    *to_picture =
        (struct similarity){(float)a, (float)b, (float)(b * (double)fit.ty - a * (double)fit.tx),
                            (float)(-b * (double)fit.tx - a * (double)fit.ty)};
    return true;
}
