package dev.hubkit.work;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaMethod;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.core.importer.Location;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Checks that some test makes every step fail at which work can fail. */
class WorkStepTest {
  @Test
  void stepsAreArmedInTests() {
    assertThat(WorkStep.isArmed()).isTrue();
  }

  @Test
  void everyWorkerHasItsStepsFailInATest() {
    Set<WorkStep.Worker> tried = EnumSet.noneOf(WorkStep.Worker.class);
    new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.ONLY_INCLUDE_TESTS)
            .withImportOption(WorkStepTest::mayInject)
            .importPackages("dev.hubkit")
            .stream()
            .flatMap(type -> type.getMethods().stream())
            .filter(method -> method.isAnnotatedWith(InjectionSource.class))
            .map(JavaMethod::reflect)
            .map(method -> method.getAnnotation(InjectionSource.class))
            .forEach(source -> tried.addAll(Arrays.asList(source.value())));

    assertThat(tried)
        .as("workers whose steps fail in a test with @InjectionSource")
        .containsExactlyInAnyOrder(WorkStep.Worker.values());
  }

  // A class that uses the annotation has its name among its constants.
  private static boolean mayInject(Location location) {
    try (InputStream in = location.asURI().toURL().openStream()) {
      return new String(in.readAllBytes(), StandardCharsets.ISO_8859_1)
          .contains(InjectionSource.class.getSimpleName());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void everyWorkerHasSteps() {
    assertThat(WorkStep.Worker.values()).allSatisfy(w -> assertThat(WorkStep.of(w)).isNotEmpty());
  }
}
