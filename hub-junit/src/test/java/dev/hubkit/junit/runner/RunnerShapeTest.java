package dev.hubkit.junit.runner;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Constructor;
import java.lang.reflect.Executable;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Each public constructor and method of jnats-server-runner has a counterpart here that the same
 * source code compiles with, or a reason why not.
 */
class RunnerShapeTest {
  /** The classes of the original, with their counterparts. */
  private static final Map<Class<?>, Class<?>> COUNTERPARTS = new LinkedHashMap<>();

  static {
    COUNTERPARTS.put(io.nats.NatsServerRunner.class, NatsServerRunner.class);
    COUNTERPARTS.put(io.nats.NatsServerRunner.Builder.class, NatsServerRunner.Builder.class);
    COUNTERPARTS.put(io.nats.NatsServerRunnerOptions.class, NatsServerRunnerOptions.class);
    COUNTERPARTS.put(io.nats.NatsRunnerUtils.class, NatsRunnerUtils.class);
    COUNTERPARTS.put(io.nats.DebugLevel.class, DebugLevel.class);
    COUNTERPARTS.put(io.nats.Output.class, RunnerOutput.class);
    COUNTERPARTS.put(io.nats.ConsoleOutput.class, ConsoleOutput.class);
    COUNTERPARTS.put(io.nats.LoggingOutput.class, LoggingOutput.class);
  }

  private static final String NO_CLUSTERS =
      "clusters of these servers have no replicas: write the cluster block as config inserts";

  /** The methods without a counterpart, each with the reason. */
  private static final Map<String, String> LEFT_OUT =
      Map.of(
          "NatsRunnerUtils.createClusterInserts", NO_CLUSTERS,
          "NatsRunnerUtils.createNodes", NO_CLUSTERS,
          "NatsRunnerUtils.defaultHost", NO_CLUSTERS,
          "NatsRunnerUtils.defaultPortStart", NO_CLUSTERS,
          "NatsRunnerUtils.defaultListenStart", NO_CLUSTERS,
          "NatsRunnerUtils.defaultMonitorStart", NO_CLUSTERS,
          "NatsRunnerUtils.getTemporaryJetStreamStoreDirBase", NO_CLUSTERS);

  static Set<Class<?>> originals() {
    return COUNTERPARTS.keySet();
  }

  @ParameterizedTest
  @MethodSource("originals")
  void hasWhatTheOriginalHas(Class<?> original) {
    Class<?> counterpart = COUNTERPARTS.get(original);
    for (Constructor<?> each : original.getConstructors()) {
      assertThat(counterpart.getConstructors())
          .as("%s", each)
          .anyMatch(constructor -> replaces(constructor, each));
    }
    for (Method each : methods(original)) {
      if (!LEFT_OUT.containsKey(name(each))) {
        assertThat(counterpart.getMethods())
            .as("%s", each)
            .anyMatch(
                method ->
                    method.getName().equals(each.getName())
                        && replaces(method, each)
                        && replaced(each.getReturnType()).isAssignableFrom(method.getReturnType())
                        && Modifier.isStatic(method.getModifiers())
                            == Modifier.isStatic(each.getModifiers()));
      }
    }
  }

  @Test
  void leavesOutWhatTheOriginalHas() {
    Set<String> known =
        originals().stream()
            .flatMap(original -> methods(original).stream())
            .map(RunnerShapeTest::name)
            .collect(Collectors.toCollection(TreeSet::new));
    assertThat(known).containsAll(LEFT_OUT.keySet());
  }

  private static List<Method> methods(Class<?> original) {
    return Stream.of(original.getMethods())
        .filter(method -> method.getDeclaringClass().equals(original))
        .toList();
  }

  private static String name(Method method) {
    return method.getDeclaringClass().getSimpleName() + "." + method.getName();
  }

  private static Class<?> replaced(Class<?> type) {
    if (type.isArray()) {
      return replaced(type.getComponentType()).arrayType();
    }
    return Optional.<Class<?>>ofNullable(COUNTERPARTS.get(type)).orElse(type);
  }

  // A caller that catches a checked exception compiles only if the method may throw it, and one
  // that does not only if it may not.
  private static boolean replaces(Executable counterpart, Executable original) {
    return Arrays.equals(
            counterpart.getParameterTypes(),
            types(original, Executable::getParameterTypes).toArray())
        && Stream.of(counterpart.getExceptionTypes())
            .allMatch(
                thrown ->
                    Stream.of(original.getExceptionTypes())
                        .anyMatch(allowed -> allowed.isAssignableFrom(thrown)))
        && Stream.of(original.getExceptionTypes())
            .filter(thrown -> !thrown.equals(Exception.class))
            .allMatch(thrown -> List.of(counterpart.getExceptionTypes()).contains(thrown));
  }

  private static Stream<Class<?>> types(Executable of, Function<Executable, Class<?>[]> which) {
    return Stream.of(which.apply(of)).map(RunnerShapeTest::replaced);
  }
}
