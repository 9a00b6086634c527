/* Eigenvectors of symmetric matrices. */
#ifndef BASE_EIGEN_H
#define BASE_EIGEN_H

#include "base/status.h"

/*
 * `matrix`: n x n, symmetric, row by row; it is overwritten with the eigenvectors, of unit length, row by
 * row, those of the largest eigenvalues first; `values` receives those, n. Time n^3. MEMORY; INTERNAL: it
 * did not converge (values that are no numbers).
 */
vultus_status eigen_symmetric(double *matrix, size_t n, double *values,
                              vultus_error *error) VULTUS_MUST_USE;

#endif
