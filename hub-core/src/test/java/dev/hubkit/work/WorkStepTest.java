package dev.hubkit.work;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaMethod;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
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

  @Test
  void everyWorkerHasSteps() {
    assertThat(WorkStep.Worker.values()).allSatisfy(w -> assertThat(WorkStep.of(w)).isNotEmpty());
  }
}
