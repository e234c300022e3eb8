/* A stand-in for NVIDIA's libnvidia-ml.so.1, which tells what a file says. Built by GpuLab.
 *
 * The file's lines: "init CODE", "count CODE", "processes CODE" (what those functions return), then for each GPU
 * "gpu CODE USED TOTAL BUSY NAME" and, below it, "process PID BYTES" ("-" for bytes that are not told).
 * "hang" makes every call wait for ever. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define GPUS 8
#define PROCESSES 512
#define INSUFFICIENT_SIZE 7

typedef struct { unsigned long long total, free, used; } memory_t;
typedef struct { unsigned pid; unsigned long long used; unsigned gpu_instance, compute_instance; } process_t;
typedef struct { unsigned gpu, memory; } utilization_t;

typedef struct {
    int code, busy;
    char name[96];
    unsigned long long used, total;
    unsigned processes;
    process_t process[PROCESSES];
} gpu_t;

static gpu_t gpu[GPUS];
static int gpus, init_code, count_code, processes_code;

static void read_state(void) {
    char line[256], bytes[32];
    FILE *file = fopen(STATE, "r");
    gpus = init_code = count_code = processes_code = 0;
    while (file && fgets(line, sizeof line, file)) {
        gpu_t *next = &gpu[gpus];
        gpu_t *last = gpus ? &gpu[gpus - 1] : NULL;
        unsigned pid;
        if (!strncmp(line, "hang", 4)) { for (;;) pause(); }
        if (sscanf(line, "init %d", &init_code) == 1 || sscanf(line, "count %d", &count_code) == 1
            || sscanf(line, "processes %d", &processes_code) == 1) {
            continue;
        }
        if (gpus < GPUS && sscanf(line, "gpu %d %llu %llu %d %95[^\n]", &next->code, &next->used, &next->total,
                                  &next->busy, next->name) == 5) {
            next->processes = 0;
            gpus++;
        } else if (last && sscanf(line, "process %u %31s", &pid, bytes) == 2 && last->processes < PROCESSES) {
            process_t *p = &last->process[last->processes++];
            p->pid = pid;
            p->used = *bytes == '-' ? ~0ull : strtoull(bytes, NULL, 10);
        }
    }
    if (file) fclose(file);
}

int nvmlInit_v2(void) { read_state(); return init_code; }

int nvmlDeviceGetCount_v2(unsigned *count) { read_state(); *count = gpus; return count_code; }

int nvmlDeviceGetHandleByIndex_v2(unsigned index, gpu_t **device) {
    if (index >= (unsigned)gpus) return 2;
    *device = &gpu[index];
    return gpu[index].code;
}

int nvmlDeviceGetName(gpu_t *device, char *name, unsigned size) {
    snprintf(name, size, "%s", device->name);
    return 0;
}

int nvmlDeviceGetMemoryInfo(gpu_t *device, memory_t *memory) {
    memory->total = device->total;
    memory->used = device->used;
    memory->free = device->total - device->used;
    return 0;
}

int nvmlDeviceGetUtilizationRates(gpu_t *device, utilization_t *rates) {
    if (device->busy < 0) return 3;
    rates->gpu = device->busy;
    rates->memory = 0;
    return 0;
}

int nvmlDeviceGetComputeRunningProcesses_v3(gpu_t *device, unsigned *count, process_t *processes) {
    unsigned room = *count;
    if (processes_code) return processes_code;
    *count = device->processes;
    if (room < device->processes) return INSUFFICIENT_SIZE;
    memcpy(processes, device->process, device->processes * sizeof *processes);
    return 0;
}
