import java.io.BufferedReader;
import java.io.File;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import javax.xml.XMLConstants;
import javax.xml.transform.stream.StreamSource;
import javax.xml.validation.Schema;
import javax.xml.validation.SchemaFactory;
import javax.xml.validation.Validator;
import org.xml.sax.ErrorHandler;
import org.xml.sax.SAXParseException;

/**
 * Validates by the JDK's own engine, which is Xerces. Reads lines "xsd TAB document"; answers each with one line:
 * empty when the document is valid, else the first fault. The first line names the engine.
 */
public class Validate {
    public static void main(String[] words) throws Exception {
        PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        SchemaFactory factory = SchemaFactory.newInstance(XMLConstants.W3C_XML_SCHEMA_NS_URI);
        factory.setErrorHandler(strict);
        out.println(factory.getClass().getName());
        Map<String, Schema> schemas = new HashMap<>();
        BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            String[] job = line.split("\t");
            if (!schemas.containsKey(job[0])) schemas.put(job[0], factory.newSchema(new File(job[0])));
            Validator validator = schemas.get(job[0]).newValidator();
            validator.setProperty(XMLConstants.ACCESS_EXTERNAL_DTD, "");
            validator.setProperty(XMLConstants.ACCESS_EXTERNAL_SCHEMA, "");
            validator.setErrorHandler(strict);
            String fault = "";
            try {
                validator.validate(new StreamSource(new File(job[1])));
            } catch (Exception error) {
                fault = String.valueOf(error.getMessage()).replaceAll("\\s+", " ");
                if (fault.isEmpty()) fault = error.getClass().getName();
            }
            out.println(fault);
        }
    }

    /** Warnings are faults too: Xerces warns where it could not use a part of a schema. */
    private static final ErrorHandler strict = new ErrorHandler() {
        public void warning(SAXParseException fault) throws SAXParseException { throw fault; }
        public void error(SAXParseException fault) throws SAXParseException { throw fault; }
        public void fatalError(SAXParseException fault) throws SAXParseException { throw fault; }
    };
}
