import java.io.File;
import java.util.logging.LogManager;
import org.verapdf.gf.foundry.VeraGreenfieldFoundryProvider;
import org.verapdf.pdfa.Foundries;
import org.verapdf.pdfa.PDFAParser;
import org.verapdf.pdfa.PDFAValidator;
import org.verapdf.pdfa.flavours.PDFAFlavour;
import org.verapdf.pdfa.results.TestAssertion;
import org.verapdf.pdfa.results.ValidationResult;

/**
 * Arguments: FILE FLAVOURS. Validates the file against each flavour ("2a,ua1") by veraPDF's library. For every flavour one line
 * "flavour TAB checks done TAB passed or failed", then one for each failed check:
 * "flavour TAB clause-test TAB message TAB where". Run by dingben/verify.py as a single source file.
 */
public class VeraPdf {
  private static final int MOST = 100;

  public static void main(String[] arguments) throws Exception {
    LogManager.getLogManager().reset();
    VeraGreenfieldFoundryProvider.initialise();
    for (String name : arguments[1].split(",")) {
      PDFAFlavour flavour = PDFAFlavour.fromString(name);
      try (PDFAParser parser = Foundries.defaultInstance().createParser(new File(arguments[0]), flavour);
          PDFAValidator validator = Foundries.defaultInstance().createValidator(flavour, false)) {
        ValidationResult result = validator.validate(parser);
        System.out.println(
            flavour.getId() + "\t" + result.getTotalAssertions() + "\t" + (result.isCompliant() ? "passed" : "failed"));
        int told = 0;
        for (TestAssertion check : result.getTestAssertions()) {
          if (check.getStatus() == TestAssertion.Status.FAILED && told++ < MOST) {
            String rule = check.getRuleId().getClause() + "-" + check.getRuleId().getTestNumber();
            String message = check.getMessage().replaceAll("\\s+", " ");
            System.out.println(flavour.getId() + "\t" + rule + "\t" + message + "\t" + check.getLocation().getContext());
          }
        }
      }
    }
  }
}
