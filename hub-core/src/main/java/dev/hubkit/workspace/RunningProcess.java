package dev.hubkit.workspace;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** Facts about other processes that the JDK does not tell. */
public final class RunningProcess {
  private RunningProcess() {}

  /**
   * Returns whether a process still runs. To {@link ProcessHandle#isAlive()}, a zombie is alive: a
   * process that has ended and whose parent has not asked for its status, although it no longer
   * holds locks, ports or files. In a container whose first process never asks, zombies stay for
   * good.
   */
  public static boolean isRunning(ProcessHandle process) {
    return process.isAlive() && !isZombie(process.pid());
  }

  // proc_pid_stat(5): the state is the field behind the name, which ends with the last ")".
  private static boolean isZombie(long pid) {
    try {
      Path file = Path.of("/proc", Long.toString(pid), "stat");
      String stat = Files.readString(file, StandardCharsets.ISO_8859_1);
      int state = stat.lastIndexOf(')') + 2;
      return state >= 2
          && state < stat.length()
          && (stat.charAt(state) == 'Z' || stat.charAt(state) == 'X');
    } catch (IOException e) {
      // There is no proc file system, or the process has ended: isAlive() knows.
      return false;
    }
  }
}
