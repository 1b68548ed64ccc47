#include <cblas.h>
// LAPACK is part of the same library; these are the routines the matrix square root needs.
void dsyevd_(const char *jobz, const char *uplo, const int *n, double *a, const int *lda, double *w,
             double *work, const int *lwork, int *iwork, const int *liwork, int *info);
