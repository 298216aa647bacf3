package dev.hubkit.workspace;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** What the operating system says of another process, beyond what the JDK tells. */
public final class RunningProcess {
  private RunningProcess() {}

  /**
   * Whether it still runs. One that has ended and whose parent has not asked for its status yet (a
   * zombie, which stays for good in a container whose first process does not ask) is alive to
   * {@link ProcessHandle#isAlive()}, though it holds no lock, port or file any more.
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
      // No proc file system here, or the process has gone: isAlive() knows.
      return false;
    }
  }
}
