package dev.hubkit.junit;

import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.function.ThrowingConsumer;

/** Attaches the files of traces to tests, where JUnit can. */
final class TraceFiles {
  private static final String MEDIA_TYPE = "text/html;charset=UTF-8";
  // From JUnit 5.12 on: publishFile(String, MediaType, ThrowingConsumer<Path>).
  private static final @Nullable Method PUBLISH = publish();

  private TraceFiles() {}

  private static @Nullable Method publish() {
    for (Method method : ExtensionContext.class.getMethods()) {
      if (method.getName().equals("publishFile") && method.getParameterCount() == 3) {
        return method;
      }
    }
    return null;
  }

  /** Attaches a file to a test, under its own name; does nothing before JUnit 5.12. */
  static void attach(Path file, ExtensionContext context) throws IOException {
    if (PUBLISH == null) {
      return;
    }
    ThrowingConsumer<Path> write =
        target -> Files.copy(file, target, StandardCopyOption.REPLACE_EXISTING);
    try {
      Object type =
          PUBLISH.getParameterTypes()[1].getMethod("parse", String.class).invoke(null, MEDIA_TYPE);
      PUBLISH.invoke(context, String.valueOf(file.getFileName()), type, write);
    } catch (InvocationTargetException e) {
      throw new IOException(String.valueOf(e.getCause()), e);
    } catch (ReflectiveOperationException e) {
      throw new IOException("JUnit's publishFile is not as it was in JUnit 5.12", e);
    }
  }
}
