package dev.hubkit.work;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.ArgumentsProvider;
import org.junit.jupiter.params.provider.ArgumentsSource;
import org.junit.jupiter.params.support.AnnotationConsumer;
import org.junit.jupiter.params.support.ParameterDeclarations;

/**
 * Runs a parameterized test once for each {@link Injection}: every step of these workers with every
 * kind of failure. {@link WorkStepTest} fails for a worker that no test in this module names here.
 */
@Target(ElementType.METHOD)
@Retention(RetentionPolicy.RUNTIME)
@ArgumentsSource(InjectionSource.Injections.class)
public @interface InjectionSource {
  /** The workers whose steps fail. */
  WorkStep.Worker[] value();

  /** Makes the arguments. */
  final class Injections implements ArgumentsProvider, AnnotationConsumer<InjectionSource> {
    private WorkStep.Worker[] workers = {};

    @Override
    public void accept(InjectionSource source) {
      workers = source.value();
    }

    @Override
    public Stream<? extends Arguments> provideArguments(
        ParameterDeclarations parameters, ExtensionContext context) {
      return Arrays.stream(workers)
          .flatMap(worker -> WorkStep.of(worker).stream())
          .flatMap(
              step ->
                  Arrays.stream(Injection.Kind.values())
                      .map(kind -> Arguments.of(new Injection(step, kind))));
    }
  }
}
