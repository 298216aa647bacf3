package dev.hubkit.junit;

import dev.hubkit.Backend;
import dev.hubkit.HubOptions;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import org.junit.jupiter.api.extension.ExtensionConfigurationException;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.opentest4j.TestAbortedException;

/**
 * The defaults for attributes that an annotation does not set, from {@code
 * junit-platform.properties}, the launcher or system properties.
 */
final class AttributeDefaults {
  static final String LIFECYCLE = "hub.junit.lifecycle";
  static final String RESET = "hub.junit.reset";
  static final String ISOLATION = "hub.junit.isolation";
  static final String KEEP_ON_FAILURE = "hub.junit.keep-on-failure";
  static final String TRACE = "hub.junit.trace";
  static final String FAILURE_NOTE = "hub.junit.failure-note";
  static final String REPORT_DIRECTORY = "hub.junit.report-directory";
  static final String NATS_URL = "hub.nats.url";
  static final String FOSSIL_URL = "hub.fossil.url";

  // The constant that stands for the configured default.
  private static final String NO_CHOICE = "DEFAULT";

  private final ExtensionContext context;

  AttributeDefaults(ExtensionContext context) {
    this.context = context;
  }

  HubLifecycle lifecycle(HubLifecycle value) {
    return value != HubLifecycle.DEFAULT
        ? value
        : find(LIFECYCLE, HubLifecycle.values()).orElse(HubLifecycle.PER_CLASS);
  }

  Reset reset(Reset value) {
    return value != Reset.DEFAULT ? value : find(RESET, Reset.values()).orElse(Reset.NEVER);
  }

  Isolation isolation(Isolation value) {
    return value != Isolation.DEFAULT
        ? value
        : find(ISOLATION, Isolation.values()).orElse(Isolation.NONE);
  }

  boolean keepOnFailure(boolean value) {
    return value
        || context.getConfigurationParameter(KEEP_ON_FAILURE, Boolean::valueOf).orElse(false);
  }

  Trace trace(Trace value) {
    return value != Trace.DEFAULT ? value : find(TRACE, Trace.values()).orElse(Trace.ON_FAILURE);
  }

  /** Returns whether a failure carries a note about its hub. */
  boolean failureNote() {
    Optional<String> value = context.getConfigurationParameter(FAILURE_NOTE).map(String::strip);
    return value.isEmpty() || value.get().equalsIgnoreCase("true") || isConsole(value.get());
  }

  /** Returns whether that note is also printed where the tool that runs the tests shows it. */
  boolean failureNoteOnConsole() {
    return context
        .getConfigurationParameter(FAILURE_NOTE)
        .filter(AttributeDefaults::isConsole)
        .isPresent();
  }

  private static boolean isConsole(String value) {
    return value.strip().equalsIgnoreCase("console");
  }

  /** Returns the directory for reports and kept state; empty for the default. */
  Optional<String> reportDirectory() {
    return context.getConfigurationParameter(REPORT_DIRECTORY).filter(name -> !name.isBlank());
  }

  /** Replaces servers to start by external ones, where configuration parameters give URLs. */
  HubOptions external(HubOptions options) {
    HubOptions.Builder changed = options.toBuilder();
    url(NATS_URL)
        .filter(url -> options.nats() instanceof Backend.Embedded)
        .ifPresent(url -> changed.nats(Backend.external(url)));
    url(FOSSIL_URL)
        .filter(url -> options.fossil() instanceof Backend.Embedded)
        .ifPresent(url -> changed.fossil(Backend.external(url)));
    return changed.build();
  }

  /** Skips the test if the Fossil server of these options is external. */
  void requireOwnRepository(HubOptions options, String wanted) {
    if (external(options).fossil() instanceof Backend.External external) {
      throw new TestAbortedException(
          "Skipped against "
              + external.url()
              + ", a server outside of this JVM: the test needs the repository as an object, for "
              + wanted);
    }
  }

  private Optional<String> url(String parameter) {
    return context.getConfigurationParameter(parameter).filter(url -> !url.isBlank());
  }

  // All constants but DEFAULT, ignoring case, as JUnit parses its own parameters.
  private <E extends Enum<E>> Optional<E> find(String parameter, E[] values) {
    Optional<String> value = context.getConfigurationParameter(parameter);
    if (value.isEmpty()) {
      return Optional.empty();
    }
    String wanted = value.get().strip().toUpperCase(Locale.ROOT).replace('-', '_');
    return Optional.of(
        Arrays.stream(values)
            .filter(each -> !each.name().equals(NO_CHOICE) && each.name().equals(wanted))
            .findFirst()
            .orElseThrow(
                () ->
                    new ExtensionConfigurationException(
                        "The configuration parameter "
                            + parameter
                            + " is \""
                            + value.get()
                            + "\"; use one of "
                            + Arrays.stream(values)
                                .map(each -> each.name().toLowerCase(Locale.ROOT))
                                .filter(name -> !name.equalsIgnoreCase(NO_CHOICE))
                                .toList())));
  }
}
