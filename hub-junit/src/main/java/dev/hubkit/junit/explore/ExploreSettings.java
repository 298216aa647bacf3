package dev.hubkit.junit.explore;

import dev.hubkit.time.GoDuration;
import java.lang.reflect.AnnotatedElement;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.junit.jupiter.api.extension.ExtensionConfigurationException;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.platform.commons.support.AnnotationSupport;

/**
 * The attributes of {@link HubExplore}, completed by the configuration parameters.
 *
 * @param first the first seed
 * @param last the last seed; the same as the first to replay it
 * @param sparesMemory whether the server does not crash while a stream is in memory
 */
record ExploreSettings(
    long first,
    long last,
    Set<Adversity> adversities,
    boolean sparesMemory,
    List<String> clients,
    double intensity,
    Duration atMost,
    Duration runAtMost) {
  static final String SEEDS = "hub.junit.explore.seeds";
  static final String SEED = "hub.junit.explore.seed";
  static final String AT_MOST = "hub.junit.explore.at-most";
  private static final double MOST_INTENSITY = 10;

  /** Returns the settings of a test method. */
  static ExploreSettings of(ExtensionContext context) {
    AnnotatedElement method = context.getRequiredTestMethod();
    HubExplore annotation =
        AnnotationSupport.findAnnotation(method, HubExplore.class)
            .orElseThrow(() -> new IllegalStateException("No @HubExplore on " + method));
    if (annotation.seeds() < 1) {
      throw wrong("seeds", annotation.seeds(), method, "try at least one");
    }
    if (annotation.seed() < 0) {
      throw wrong("seed", annotation.seed(), method, "seeds begin with 1");
    }
    if (!(annotation.intensity() > 0 && annotation.intensity() <= MOST_INTENSITY)) {
      throw wrong("intensity", annotation.intensity(), method, "use more than 0, and at most 10");
    }
    long[] range = range(annotation, context);
    Set<Adversity> adversities =
        annotation.adversities().length == 0
            ? EnumSet.allOf(Adversity.class)
            : EnumSet.copyOf(List.of(annotation.adversities()));
    return new ExploreSettings(
        range[0],
        range[1],
        adversities,
        annotation.adversities().length == 0,
        List.of(annotation.clients()),
        annotation.intensity(),
        parameter(AT_MOST, context)
            .map(value -> nanos(value).orElseThrow(() -> wrongParameter(AT_MOST, value)))
            .orElseGet(() -> duration("atMost", annotation.atMost(), method)),
        duration("runAtMost", annotation.runAtMost(), method));
  }

  private static long[] range(HubExplore annotation, ExtensionContext context) {
    Optional<String> seed = parameter(SEED, context);
    if (seed.isPresent()) {
      long only = number(SEED, seed.get(), seed.get());
      return new long[] {only, only};
    }
    if (annotation.seed() > 0) {
      return new long[] {annotation.seed(), annotation.seed()};
    }
    Optional<String> seeds = parameter(SEEDS, context);
    if (seeds.isEmpty()) {
      return new long[] {1, annotation.seeds()};
    }
    String[] ends = seeds.get().split("-", 2);
    long first = ends.length == 1 ? 1 : number(SEEDS, seeds.get(), ends[0]);
    long last = number(SEEDS, seeds.get(), ends[ends.length - 1]);
    if (last < first) {
      throw wrongParameter(SEEDS, seeds.get());
    }
    return new long[] {first, last};
  }

  private static Optional<String> parameter(String name, ExtensionContext context) {
    return context.getConfigurationParameter(name).filter(value -> !value.isBlank());
  }

  private static long number(String parameter, String value, String part) {
    try {
      long number = Long.parseLong(part.strip());
      if (number > 0) {
        return number;
      }
    } catch (NumberFormatException e) {
      // Reported below.
    }
    throw wrongParameter(parameter, value);
  }

  private static ExtensionConfigurationException wrongParameter(String parameter, String value) {
    String remedy =
        switch (parameter) {
          case SEED -> "a positive number";
          case SEEDS -> "a number such as 500, or 1001-2000";
          default -> "a duration such as 30s or 10m";
        };
    return new ExtensionConfigurationException(
        "The configuration parameter " + parameter + " is \"" + value + "\"; use " + remedy);
  }

  private static Optional<Duration> nanos(String text) {
    OptionalLong nanos = GoDuration.parse(text);
    return nanos.isPresent() && nanos.getAsLong() > 0
        ? Optional.of(Duration.ofNanos(nanos.getAsLong()))
        : Optional.empty();
  }

  private static Duration duration(String attribute, String value, Object method) {
    return nanos(value)
        .orElseThrow(
            () -> wrong(attribute, '"' + value + '"', method, "use a duration such as \"30s\""));
  }

  private static ExtensionConfigurationException wrong(
      String attribute, Object value, Object method, String remedy) {
    return new ExtensionConfigurationException(
        "@HubExplore(" + attribute + " = " + value + ") on " + method + ": " + remedy);
  }
}
