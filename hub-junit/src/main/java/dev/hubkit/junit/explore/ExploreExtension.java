package dev.hubkit.junit.explore;

import java.lang.reflect.Method;
import java.util.Spliterator;
import java.util.Spliterators;
import java.util.function.Consumer;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtensionConfigurationException;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.TestTemplateInvocationContext;
import org.junit.jupiter.api.extension.TestTemplateInvocationContextProvider;
import org.junit.platform.commons.support.AnnotationSupport;

/** The extension behind {@link HubExplore}. */
final class ExploreExtension implements TestTemplateInvocationContextProvider {
  /** Makes the extension; JUnit calls this. */
  ExploreExtension() {}

  @Override
  public boolean supportsTestTemplate(ExtensionContext context) {
    return context
        .getTestMethod()
        .filter(method -> AnnotationSupport.isAnnotated(method, HubExplore.class))
        .isPresent();
  }

  @Override
  public Stream<TestTemplateInvocationContext> provideTestTemplateInvocationContexts(
      ExtensionContext context) {
    Method method = context.getRequiredTestMethod();
    if (AnnotationSupport.isAnnotated(method, Test.class)) {
      throw new ExtensionConfigurationException(
          "@HubExplore on " + method + " takes the place of @Test: remove @Test");
    }
    Exploration exploration =
        new Exploration(
            ExploreSettings.of(context),
            context.getRequiredTestClass().getSimpleName() + "." + method.getName());
    // JUnit takes the next one when the one before has ended.
    Spliterator<TestTemplateInvocationContext> runs =
        new Spliterators.AbstractSpliterator<>(Long.MAX_VALUE, Spliterator.ORDERED) {
          @Override
          public boolean tryAdvance(Consumer<? super TestTemplateInvocationContext> action) {
            ExploredRun next = exploration.next();
            if (next == null) {
              context.publishReportEntry("hub explore", exploration.summary());
              return false;
            }
            action.accept(next);
            return true;
          }
        };
    return StreamSupport.stream(runs, false);
  }
}
