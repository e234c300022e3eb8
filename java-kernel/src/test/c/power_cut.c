/* The file system of FOLDER forgets all that is not on its disk, as by a power cut. Usage: power_cut FOLDER */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/ioctl.h>

#define SHUTDOWN _IOR('X', 125, uint32_t)
#define WITHOUT_ITS_LOG 2

int main(int argc, char **argv) {
    uint32_t how = WITHOUT_ITS_LOG;
    int folder = argc == 2 ? open(argv[1], O_RDONLY | O_DIRECTORY) : -1;
    if (folder < 0 || ioctl(folder, SHUTDOWN, &how) < 0) {
        perror("power_cut");
        return 1;
    }
    return 0;
}
