/* SPDX-License-Identifier: GPL-2.0 */
/*
 * These functions come from the C library, whose versions the sanitizers check; the
 * others come from the tree's lib/string.c.
 */
#ifndef _ASM_STRING_H
#define _ASM_STRING_H

#define __HAVE_ARCH_MEMCHR
#define __HAVE_ARCH_MEMCMP
#define __HAVE_ARCH_MEMCPY
#define __HAVE_ARCH_MEMMOVE
#define __HAVE_ARCH_MEMSET
#define __HAVE_ARCH_STRCHR
#define __HAVE_ARCH_STRCMP
#define __HAVE_ARCH_STRLEN
#define __HAVE_ARCH_STRNCMP
#define __HAVE_ARCH_STRNLEN
#define __HAVE_ARCH_STRRCHR
#define __HAVE_ARCH_STRSTR
#define __HAVE_ARCH_STRCPY
#define __HAVE_ARCH_STRCAT
#define __HAVE_ARCH_STRCHRNUL
#define __HAVE_ARCH_STRCSPN
#define __HAVE_ARCH_STRNCAT
#define __HAVE_ARCH_STRNCPY
#define __HAVE_ARCH_STRPBRK
#define __HAVE_ARCH_STRSEP
#define __HAVE_ARCH_STRSPN
#define __HAVE_ARCH_STRCASECMP
#define __HAVE_ARCH_STRNCASECMP

void *memchr(const void *s, int c, __SIZE_TYPE__ n);
int memcmp(const void *a, const void *b, __SIZE_TYPE__ n);
void *memcpy(void *to, const void *from, __SIZE_TYPE__ n);
void *memmove(void *to, const void *from, __SIZE_TYPE__ n);
void *memset(void *to, int c, __SIZE_TYPE__ n);
char *strchr(const char *s, int c);
int strcmp(const char *a, const char *b);
__SIZE_TYPE__ strlen(const char *s);
int strncmp(const char *a, const char *b, __SIZE_TYPE__ n);
__SIZE_TYPE__ strnlen(const char *s, __SIZE_TYPE__ n);
char *strrchr(const char *s, int c);
char *strstr(const char *s, const char *what);
char *strcpy(char *to, const char *from);
char *strcat(char *to, const char *from);
char *strchrnul(const char *s, int c);
__SIZE_TYPE__ strcspn(const char *s, const char *set);
char *strncat(char *to, const char *from, __SIZE_TYPE__ n);
char *strncpy(char *to, const char *from, __SIZE_TYPE__ n);
char *strpbrk(const char *s, const char *set);
char *strsep(char **s, const char *set);
__SIZE_TYPE__ strspn(const char *s, const char *set);
int strcasecmp(const char *a, const char *b);
int strncasecmp(const char *a, const char *b, __SIZE_TYPE__ n);

#endif /* _ASM_STRING_H */
