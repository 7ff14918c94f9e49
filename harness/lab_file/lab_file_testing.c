/* SPDX-License-Identifier: MIT */
#include "harness/lab_file/lab_file_testing.h"
#include "harness/base/testing.h"
#include "harness/yaml/diagnostics_testing.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void testing_put(const char *folder, const char *name, const char *bytes, size_t length)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    testing_write_file(path, bytes, length);
}

const char *testing_lab_folder(void)
{
    static const char certificate[] = "-----BEGIN CERTIFICATE-----\nAAAA\n"
                                      "-----END CERTIFICATE-----\n",
                      key[] = "-----BEGIN EC PRIVATE KEY-----\n" TESTING_SECRET
                              "\n-----END EC PRIVATE KEY-----\n";
    static char many[LAB_FILE_SECRET_BYTES_MAX + 1];
    const char *folder = testing_folder();
    memset(many, 'x', sizeof many);
    testing_put(folder, "edos.pem", certificate, strlen(certificate));
    testing_put(folder, "edos.key", key, strlen(key));
    testing_put(folder, "secret", TESTING_SECRET "\n", strlen(TESTING_SECRET) + 1);
    testing_put(folder, "secret.dos", TESTING_SECRET "\r\n", strlen(TESTING_SECRET) + 2);
    testing_put(folder, "lines", TESTING_SECRET "\nb\n", strlen(TESTING_SECRET) + 3);
    testing_put(folder, "short", "hunter2\n", 8);
    testing_put(folder, "nul", "hun\0ter2", 8);
    testing_put(folder, "newline", "\n", 1);
    testing_put(folder, "empty", "", 0);
    testing_put(folder, "many", many, sizeof many);
    setenv(TESTING_VARIABLE, TESTING_SECRET, 1);
    setenv(TESTING_VARIABLE "_EMPTY", "", 1);
    unsetenv(TESTING_VARIABLE "_MISSING");
    return folder;
}

struct lab_file *testing_lab(const char *text)
{
    struct diagnostics diagnostics;
    struct lab_file *lab = NULL;
    diagnostics_init(&diagnostics);
    lab_file_parse("folder/x.yaml", testing_lab_folder(), (const uint8_t *)text, strlen(text), &lab,
                   &diagnostics);
    if (!lab)
        testing_show(text, &diagnostics);
    diagnostics_done(&diagnostics);
    CU_ASSERT_PTR_NOT_NULL_FATAL(lab);
    return lab;
}
