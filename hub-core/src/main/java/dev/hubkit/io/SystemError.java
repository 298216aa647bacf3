package dev.hubkit.io;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Why a file operation has failed, in the words of the operating system, as Go has them. */
public final class SystemError {
  private SystemError() {}

  /**
   * Returns the words for a file that could not be read, with its name and the call that failed.
   */
  public static String reading(String file, IOException e) {
    if (file.isEmpty()) {
      // Java takes it for the directory that the process is in.
      return "open : no such file or directory";
    }
    String text = text(e);
    return (text.equals("is a directory") ? "read " : "open ") + file + ": " + text;
  }

  /** Returns the words, without the name of the file. */
  public static String text(IOException e) {
    if (e instanceof AccessDeniedException) {
      return "permission denied";
    }
    if (e instanceof NoSuchFileException) {
      return "no such file or directory";
    }
    if (e instanceof FileAlreadyExistsException || e instanceof NotDirectoryException) {
      return "not a directory";
    }
    if (e instanceof FileNotFoundException && String.valueOf(e.getMessage()).endsWith(")")) {
      String message = String.valueOf(e.getMessage());
      String inside = message.substring(message.lastIndexOf('(') + 1, message.length() - 1);
      return inside.toLowerCase(Locale.ROOT);
    }
    @Nullable String reason =
        e instanceof FileSystemException file ? file.getReason() : e.getMessage();
    return reason == null ? e.toString() : reason.toLowerCase(Locale.ROOT);
  }
}
