package dev.hubkit.junit;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Marks a test method that JUnit invokes many times and that must not see what an earlier
 * invocation has left: each invocation gets a hub of its own, with everything that the class and
 * the method declare. With {@link Reset#BEFORE_EACH}, all invocations use the hub of the class,
 * which the extension resets before each. An annotation of a test template carries it, as {@code
 * HubExplore} does.
 */
@Documented
@Retention(RetentionPolicy.RUNTIME)
@Target({ElementType.METHOD, ElementType.ANNOTATION_TYPE})
public @interface OwnHub {}
