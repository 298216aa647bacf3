package dev.hubkit.workspace;

import java.io.File;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The directories in which programs of this user keep files outside of work trees: on Linux as the
 * XDG Base Directory Specification says, on macOS under {@code ~/Library}, on Windows under {@code
 * %LOCALAPPDATA%}.
 */
public final class UserDirectory {
  private static final String NAME = "hub";

  private UserDirectory() {}

  /**
   * For files that outlive the program: {@code $XDG_STATE_HOME/hub}, {@code ~/.local/state/hub}.
   */
  public static Path state() {
    return of("XDG_STATE_HOME", ".local/state", "Library/Application Support", System.getenv());
  }

  /**
   * For files that may be deleted at any time: {@code $XDG_CACHE_HOME/hub}, {@code ~/.cache/hub}.
   */
  public static Path cache() {
    return of("XDG_CACHE_HOME", ".cache", "Library/Caches", System.getenv());
  }

  private static Path of(
      String variable, String underHome, String onMac, Map<String, String> environment) {
    @Nullable String named = environment.get(variable);
    if (named != null && Path.of(named).isAbsolute()) {
      return Path.of(named, NAME);
    }
    @Nullable String local = environment.get("LOCALAPPDATA");
    if (File.separatorChar == '\\' && local != null && !local.isBlank()) {
      return Path.of(local, NAME);
    }
    @Nullable String home = environment.get("HOME");
    Path base = Path.of(home == null || home.isBlank() ? System.getProperty("user.home") : home);
    boolean mac = System.getProperty("os.name", "").toLowerCase(Locale.ROOT).startsWith("mac");
    return base.resolve(mac ? onMac : underHome).resolve(NAME).toAbsolutePath();
  }
}
